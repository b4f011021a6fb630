// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * What an interpreter runs, from its arguments, as python(1), Rscript(1), perlrun(1), node(1), java(1) and sh(1) read them. They are what
 * the process says of itself.
 */
#ifndef QPROV_SCRIPT_H
#define QPROV_SCRIPT_H

#include "identity/identity.h"

enum script_kind {
	SCRIPT_NONE,    /* not an interpreter we know */
	SCRIPT_FILE,    /* name: its path as given */
	SCRIPT_MODULE,  /* python -m, java -m or a main class */
	SCRIPT_INLINE,  /* -c, -e: the text stands in the arguments */
	SCRIPT_STDIN,   /* a prompt, or text from elsewhere */
	SCRIPT_NOTEBOOK /* a Jupyter kernel; name: its connection file */
};

struct script {
	enum script_kind kind;
	struct slice name;
	struct slice kernel_id; /* of a notebook's kernel: from the connection file's name */
};

void script_of(const struct process *p, struct script *ret);
/* "file", ...; NULL for SCRIPT_NONE. */
const char *script_kind_name(enum script_kind kind);

#endif
