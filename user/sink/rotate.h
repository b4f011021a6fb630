// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Rotation by rename: path becomes path.1, path.1 becomes path.2, and so on; beyond keep they are gone. */
#ifndef QPROV_ROTATE_H
#define QPROV_ROTATE_H

/* keep 0: path is removed. 0 or -errno; path itself is untouched when it fails. */
int rotate_files(const char *path, unsigned keep);

#endif
