// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Layers: one client library on top of another (unixODBC on a driver on libpq), and client functions of one library that call each
 * other. Every layer is heard; one statement must be told once.
 *
 * A call that was made inside another call of its thread stands deeper in the stack; the outer one is still under way until the thread
 * makes a call from the same height or above, or its return address is no longer in its place (bpf/layer.h). The innermost layer tells the
 * execution, since it knows what was sent and how it ended; it claims the layers around it whose text is that statement, and gets the
 * outermost one's name. A layer that nobody claimed is told itself. So a wrong guess about what encloses what (memory of the stack that
 * nobody wrote to since still holds a return address) can name the wrong function, but never lose a statement: for that the texts would
 * have to agree as well, and inside one library, or where a text is not known, the call must have come from that library's code.
 */
#ifndef QPROV_LAYER_H
#define QPROV_LAYER_H

#include "query/internal.h"

#define LAYERS_MAX 128 /* of a process; beyond it the oldest is told */

/* The depth of the call's stack: the smaller, the deeper. 0: not known. */
uint64_t layer_frame(const struct rec_call *r);
/* Whether the probe could tell which layers are around the call. */
bool layer_counted(const struct rec_call *r);
/* Before any other work on a call: what it shows to be over. */
void layer_enter(struct query *q, const struct call *c);
/* Makes p, just made from c, a layer. silent: it is never told, only names what happens inside. */
void layer_put(struct query *q, struct pending *p, bool silent);
/* p, whose text is known (again), takes the place of the layers around it. */
void layer_claim(struct pending *p);
/* p gets the name of the outermost layer, and the others as its inner ones. */
void layer_name(struct pending *p);
/* p gets from the layers around it what it does not know itself: its connection, the data source, where its result will be. */
void layer_inherit(struct pending *p);
/* The last layer of this handle that is not yet told or claimed; NULL. */
struct pending *layer_of(const struct qproc *proc, uint64_t handle);
/* Whether the call was made inside another function of its library, by that library. */
bool layer_nested(const struct call *c);
/* Whether inner can be the statement outer: the same up to white space, case, parameter marks, ODBC escapes, and what stands around. */
bool layer_related(struct slice outer, struct slice inner);

/* ---- generic.c and kinds.c, between themselves ---- */

/* What stands for a bulk copy on a connection on which statements run in between: no address. */
#define LAYER_BULK_OF(handle) (~(handle))

/* Bytes of a text that is made from a call's. */
#define LAYER_TEXT_ROOM (2 * REC_TEXT_MAX + 256)

/* The last run on the call's handle is over for good: the next one begins, or the handle ends. */
void layer_over(struct query *q, const struct call *c);
struct pending *layer_begin(struct query *q, const struct call *c, bool silent);
/* A layer that runs nothing itself, on this connection. 0 or -ENOMEM. */
int layer_around(struct query *q, const struct call *c, uint64_t conn);
/* The handle holds the call's text from now on: a statement, or the name of a procedure. */
int layer_hold(struct query *q, const struct call *c, bool procedure);
int layer_append(struct query *q, const struct call *c);
int layer_catalog(struct query *q, const struct call *c);
int layer_bulk(struct query *q, const struct call *c);
/* Begins an execution of the text in b, which is made from the call's; whatever runs below is this. more: what it may do besides is not
 * seen. Ends b. 0 or -ENOMEM. */
int layer_tell(struct query *q, const struct call *c, struct buf *b, bool more);
int layer_command(struct query *q, const struct call *c);
int layer_dynamic(struct query *q, const struct call *c);
int layer_cursor(struct query *q, const struct call *c);
void layer_procedure(struct query *q, struct pending *p, const struct handle *h);

/* ---- document.c ---- */

/* SELECT, INSERT, UPDATE, DELETE: a collection. 0 or -ENOMEM. */
int layer_collection(struct query *q, const struct call *c);
/* DOCUMENT. 0 or -ENOMEM. */
int layer_document(struct query *q, const struct call *c);

/* ---- fresh.c ---- */

/* CREATE: the text is that of a handle to come. DERIVE: the same with the text of another one. 0 or -ENOMEM. */
int layer_create(struct query *q, const struct call *c);
int layer_derive(struct query *q, const struct call *c);
/* What the call's handle is known as, at its first use too; NULL: not known. */
struct handle *layer_bind(struct query *q, const struct call *c);
/* VALUE_*. 0 or -ENOMEM. */
int layer_value(struct query *q, const struct call *c);
/* FORGET */
void layer_forget(struct query *q, const struct call *c);

/* ---- opened.c ---- */

/* CONNECT, OPEN, SERVER, USER, STATEMENT, ALLOC, LINK: *ret_conn is the connection, or 0. 0 or -ENOMEM. */
int layer_opened(struct query *q, const struct call *c, uint64_t *ret_conn);
/* The address of the connection that this handle is, or belongs to; 0: unknown. */
uint64_t layer_known(struct query *q, const struct call *c, uint64_t handle);
/* The same, where this may be its first use. */
uint64_t layer_connection(struct query *q, const struct call *c, uint64_t handle);
/* The handle ends. */
void layer_unlink(struct query *q, const struct call *c);

static inline bool layer_is_collection(enum client_op op)
{
	return op >= OP_LAYER_SELECT && op <= OP_LAYER_DELETE;
}

#endif
