// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Which installed package a file belongs to, from dpkg's lists (dpkg(1), /var/lib/dpkg/info/NAME.list). An index of hashes is made of all
 * lists and made anew when they change; what it finds is looked for in that package's list itself. That a package owns a path says nothing
 * of what root has put there since.
 */
#ifndef QPROV_PACKAGES_H
#define QPROV_PACKAGES_H

#include "base/slice.h"

#define PACKAGES_MAX 65536
#define PACKAGES_PATHS_MAX (4u << 20) /* 8 bytes each; beyond it nothing is said at all */
#define PACKAGES_NAME_MAX 256

struct packages;

/* folder: of the lists; not read before the first question. 0 or -ENOMEM. */
int packages_new(const char *folder, struct packages **ret);
/* NULL is fine. */
void packages_free(struct packages *p);
/*
 * 0: name holds the owner's name, without architecture; -ENOENT: no package has this path; -ENODATA: there are no lists, or too many to
 * say; another negative errno.
 */
int packages_owner(struct packages *p, struct slice path, char name[PACKAGES_NAME_MAX]);

#endif
