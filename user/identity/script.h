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
/*
 * The script of the process, or of the nearest of a few ancestors up to leader (NULL: no limit): a shell script that calls psql. Returns
 * whose it is; NULL: none.
 */
const struct process *script_find(const struct identity *id, const struct process *p, const struct process *leader, struct script *ret);
/*
 * What it is in rules: the absolute path of a file, with the directory where it was given relative to that; the notebook of a kernel, where
 * the process' environment names it, else the connection file; a module's name. SLICE_NONE: nothing of that, or not known. In arena where
 * it is put together.
 */
struct slice script_path(const struct identity *id, const struct process *p, const struct script *s, struct arena *arena);
/* "file", ...; NULL for SCRIPT_NONE. */
const char *script_kind_name(enum script_kind kind);

#endif
