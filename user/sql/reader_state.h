// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * What the reader keeps while it reads: a buffer of tokens with an index, scopes of CTE names and sources, variables, the relations found
 * so far.
 */
#ifndef QPROV_READER_STATE_H
#define QPROV_READER_STATE_H

#include "sql/lex.h"

struct mask;

enum { NAME_PARTS = 8 };

struct name {
	struct slice part[NAME_PARTS];
	unsigned n;
	bool quoted; /* the last part */
	struct slice link;
};

struct cte {
	struct cte *next;   /* of its scope */
	struct cte *other;  /* of the same slot */
	struct cte **where; /* what points to it there */
	struct slice name;
	uint32_t hash;
	bool quoted;
};

struct source { /* what FROM put into scope */
	struct source *next;
	struct slice alias;            /* or the name */
	struct sql_relation *relation; /* NULL: a CTE, subquery or function */
	bool decided;                  /* what this mention does to it is told */
	struct source *inner, *before; /* the alias of a join in parentheses: its sources, from inner to the one before them */
};

/* A relation while its statement is read. */
struct relation {
	struct sql_relation r; /* first: pointers to either are the same */
	uint32_t index;        /* in the result; RELATION_DROPPED */
	unsigned named, paths; /* mentions of it, and how many of them turned out to be arrays in a row */
	uint32_t *tags;        /* of its columns: tell most names apart without looking at their bytes */
};

enum { RELATION_DROPPED = UINT32_MAX };

struct path { /* x.arr in a subquery: an array, when a scope around it has a source x, which may come later */
	struct path *next;
	struct slice alias;
	struct relation *relation;
};

struct predicate { /* until its relation is known */
	struct sql_predicate out;
	struct sql_relation *owner;
	struct predicate *next; /* of the same column */
	struct predicate *all;  /* of the statement, newest first */
};

struct column_ref {
	struct column_ref *next;
	struct slice qualifier; /* SLICE_NONE: none */
	struct slice name;      /* SLICE_NONE: star */
	uint32_t use;
	struct predicate *predicates;
};

struct scope {
	struct scope *up;
	struct cte *ctes;
	struct source *sources;
	struct column_ref *refs;
	struct path *paths;
	struct source *before; /* the sources in front of the item of FROM that is read */
	unsigned nrefs, nsources, ngiven;
	bool in_from;           /* its FROM has begun: a subquery from here on is no part of the list */
	struct slice recursive; /* of a CTE's body: the name becomes visible after a UNION */
	bool recursive_quoted;
};

struct variable { /* a constant text given to a variable */
	struct slice name, text;
	struct slice key; /* the name without what stands around it */
	unsigned given;   /* when, by the clock */
	unsigned exposed; /* begin of the loop in which it is read with a text from before it, 0: none */
	bool at;          /* @x */
	bool declared;    /* in this text */
	bool uncertain;   /* something else may have been put into it since */
	bool shared;      /* a routine or handler may write to it at any time */
};

struct block { /* statements that are not run always, or again and again, or that have names of their own */
	struct block *up;
	unsigned begin;
	bool loop;
};

struct variables {
	struct variable *v;
	unsigned n, cap;
	unsigned outer; /* those that the routine around has not made itself */
	unsigned clock;
	size_t seen; /* the tokens before it are looked through */
	struct block *block;
	bool written;       /* arguments are read: they may be OUT */
	bool unknown;       /* none is certain any more */
	bool jumps, labels; /* GOTO, and where it may lead, were met */
	bool within;        /* MySQL: a prepared text has variables of the session in it, or may run a routine that has */
	bool prepares;      /* a text is read that runs later */
};

enum { VARIABLES_MAX = 64, CTES_MAX = 16384 /* of a statement */ };

/*
 * Those of a statement, or of a part of a long one: what lies far behind the reader is forgotten, so that memory does not grow with the
 * length. Indices count from the statement's begin.
 */
struct tokens {
	struct token *v;
	size_t base;         /* index of the first one that is kept */
	size_t n, cap;       /* how many are kept */
	struct token *other; /* room for as many: they move to and fro, and a pointer to one outlives the next move */
	size_t hold;         /* keep all from here on, 0: none: the reader comes back */
	size_t between;      /* index behind the last BETWEEN, 0: none yet */
	uint32_t *parens;    /* the parentheses that are open where reading stopped within a statement */
	size_t nparens;
	bool ended, cut;
	bool open; /* a quoted token without its end */
};

struct reader {
	const struct sql_options *options;
	enum sql_dialect dialect;
	uint32_t bits;
	struct arena *arena;
	struct slice text;
	struct lexer lx;
	struct mask *mask; /* fed with each token; NULL: none */
	struct tokens tokens;
	size_t i; /* the current token */
	struct scope *scope;
	unsigned depth, inner;
	enum sql_certainty certainty;
	size_t partial_at;
	enum sql_via via;  /* of relations that are found now */
	bool procedural;   /* inside the body of a routine */
	bool pl;           /* INTO names variables */
	bool target;       /* the next table is written: no CTE */
	bool flows;        /* Snowflake: behind ->>, where $1 is the result of the statement before */
	bool elements;     /* of CREATE SCHEMA: the next CREATE is one more */
	struct slice link; /* of relations that are found now: the connection of dblink */
	/* of the statement */
	struct sql_statement *st;
	struct sql_relation **relations;
	size_t nrelations, relations_cap;
	uint32_t *slots; /* hash of relations */
	size_t nslots;
	struct predicate *predicates; /* newest first */
	unsigned parameters;
	struct variables vars;
	unsigned nctes;         /* so far */
	struct cte **cte_slots; /* hash of those in scope */
	unsigned ncte_slots, nvisible;
	/* of the text */
	struct source *spare_sources; /* of scopes that are left: used again */
	struct column_ref *spare_refs;
	size_t spent, may_spend;
	bool exhausted;
	size_t computed; /* the calls up to this token are within one whose text was put together */
	bool brief;      /* texts that are put together are of use only while they are short */
	bool ahead;      /* these tokens are read again: calls and queries in them are stepped over */
};

#endif
