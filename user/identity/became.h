// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* The chain of identities from the login to the call: alice, by sudo root, by su postgres. */
#ifndef QPROV_BECAME_H
#define QPROV_BECAME_H

#include "identity/person.h"

#define BECAME_MAX 8

struct became {
	uint32_t uid;
	uint32_t pid;   /* of the process that changed; 0: the change was not seen */
	uint64_t ts_ns; /* when it was first seen; 0: not seen */
	char program[REC_COMM_LEN];
	bool effective; /* the effective uid only */
};

/*
 * The chain up to the call at ts_ns, first the person, where one is known; *ret_cut: there were more. Returns how many stand in out, one or
 * none when nothing was changed.
 */
size_t became_chain(const struct identity *id, const struct rec_task *t, uint64_t ts_ns, const struct entry_point *e,
		    const struct person *person, struct became out[BECAME_MAX], bool *ret_cut);

#endif
