// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* The subcommands of qprov policy, and what they share. */
#ifndef QPROV_CMD_POLICY_H
#define QPROV_CMD_POLICY_H

#include <stdio.h>

#include "config/config.h"

void policy_usage(FILE *to);
/* Tells what is wrong, then the usage; which may be NULL. EXIT_USAGE. */
int policy_usage_error(const char *what, const char *which);
/* 0, or EXIT_USAGE after the error was told. */
int policy_load(const char *path, struct config **ret);
/* code, or EXIT_USAGE when stdout could not be written. */
int policy_flush(int code);

/* What the policy makes of a statement. argv[0] is the subcommand; an exit code. */
int policy_test(int argc, char **argv);
/* Relations made from sensitive ones that the agent keeps, or to be forgotten. The same. */
int policy_derived(int argc, char **argv);

#endif
