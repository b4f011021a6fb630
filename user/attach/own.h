// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* The configuration's probes: as families of the client table. */
#ifndef QPROV_OWN_H
#define QPROV_OWN_H

#include "attach/table.h"
#include "base/arena.h"
#include "config/config.h"

/* Families for c->libraries, all of them in the arena and independent of c. 0 or -ENOMEM. */
int own_families(struct arena *arena, const struct config *c, struct client_family **ret, size_t *ret_n);

#endif
