// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* The search for protected people in the values of one statement: subjects.c, and for addresses subject_addresses.c. */
#ifndef QPROV_SUBJECT_SEARCH_H
#define QPROV_SUBJECT_SEARCH_H

#include "policy/explain.h"

struct search {
	struct judgement *j;
	const struct subjects *list;
	const struct policy_value *value;
	bool on_sensitive; /* the statement touches something sensitive */
	bool any_id;       /* what was not understood may be a predicate */
	size_t hashes;
	size_t tries;        /* values and parts of values, also those that are of no kind */
	unsigned char *seen; /* bits by subject.number; NULL: nobody yet */
};

/* What is found goes to the verdict; a limit that is hit sets its cut. All: 0 or -ENOMEM. */
int subject_look_up(struct search *s, enum subject_kind kind, const struct subject_normal *n);
/* v as an address: it, and the listed networks that hold it. */
int subject_try_address(struct search *s, struct slice v);
/* v as a network: the listed networks that hold all of it, and the listed addresses in it. */
int subject_try_network(struct search *s, struct slice v);
/* LIKE 'v%' of an address. */
int subject_try_beginning(struct search *s, struct slice v);
/* BETWEEN from AND to. */
int subject_try_between(struct search *s, struct slice from, struct slice to);

#endif
