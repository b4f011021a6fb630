// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* The subcommands. Each takes argv with its own name first and returns the exit code of the program. */
#ifndef QPROV_CLI_H
#define QPROV_CLI_H

enum exit_code { EXIT_FINE = 0, EXIT_FINDINGS = 1, EXIT_USAGE = 2, EXIT_DENIED = 3 };

int cmd_run(int argc, char **argv);
int cmd_trace(int argc, char **argv);
int cmd_replay(int argc, char **argv);
int cmd_policy(int argc, char **argv);
int cmd_catalog(int argc, char **argv);
int cmd_subjects(int argc, char **argv);
int cmd_sql(int argc, char **argv);
int cmd_probes(int argc, char **argv);
int cmd_doctor(int argc, char **argv);

#endif
