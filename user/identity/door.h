// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Programs that let people and jobs in: sshd, login, cron, ... */
#ifndef QPROV_DOOR_H
#define QPROV_DOOR_H

#include "base/slice.h"
#include "identity/image.h"

/*
 * Which door a program is, by the name of its file; REC_WAY_UNKNOWN: none. Everybody can call a program sshd; only root can make a file
 * that belongs to root and that nobody else may change, and only that one counts.
 */
enum rec_way door_of(struct slice path, const struct exe *exe);
/* The last component of an executable's path, without " (deleted)". */
struct slice door_program(struct slice path);

#endif
