// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * The policy: which relations are sensitive, who may touch them how, what happens to statements that could not be
 * understood. Immutable once compiled. Matching: each relation of a statement against tables; then the rules, first match decides; the
 * implicit last rule alerts on any sensitive table.
 */
#ifndef QPROV_POLICY_H
#define QPROV_POLICY_H

#include "sql/sql.h"

struct policy;
struct config;

enum policy_action { POLICY_NONE, POLICY_IGNORE, POLICY_LOG, POLICY_ALERT };

/* Who asks. Absent strings are SLICE_NONE and match no pattern. */
struct policy_who {
	bool has_loginuid;
	uint32_t loginuid;
	struct slice user; /* name of loginuid */
	uint32_t uid;
	uint32_t euid;
	struct slice exe;
	struct slice comm;
	struct slice groups;       /* names, each followed by NUL */
	bool groups_unknown;       /* there may be others */
	struct slice script;       /* absolute path, or the name of a module; SLICE_NONE: none */
	bool script_unknown;       /* it may be another one */
	uint32_t sessions;         /* 1 << enum rec_way */
	uint32_t sessions_claimed; /* the same, by what a user can make up; both 0: not known */
};

/* A literal or parameter of a statement: where protected people are looked for. */
struct policy_value {
	struct slice value;
	bool string;
	bool predicate; /* compared with a column: col = x, col IN (x, ...) */
	int relation;   /* of a predicate: index into the relations, -1 unknown */
	bool between;   /* BETWEEN the value before it and this one */
	bool symmetric; /* the same, the other way round */
	bool count;     /* of rows: nobody's number */
	bool joined;    /* one string with the one before it: 'a' || 'b', 'a' 'b' */
};

/* A text of which each literal is to be looked at, and how it is read. */
struct policy_text {
	struct slice text;
	struct sql_options options;
};

enum { POLICY_SERVER_NAMES = 4 };

/* One event's question. relations: those of all its statements, policy_expand()ed. Absent strings are SLICE_NONE. */
struct policy_question {
	struct slice system; /* "postgresql", "mysql", "mariadb" (these two match each other), "sqlite"; absent: any */
	const struct sql_relation *relations;
	size_t n;
	const struct sql_call *calls;
	size_t ncalls;
	const struct sql_file *files;
	size_t nfiles;
	const struct policy_value *values;
	size_t nvalues;
	const struct policy_text *whole; /* values are a part of its literals only; NULL: they are all */
	bool cut;                        /* there were more calls, files or values: counts as uncertain */
	enum sql_certainty certainty;
	const struct policy_who *who;
	bool has_rows;
	uint64_t rows;
	struct slice database;                    /* in force in the session, when known */
	struct slice server[POLICY_SERVER_NAMES]; /* names of the server: as the client named it, address, address:port, socket; absent:
						     unknown */
	struct slice role;                        /* what SET ROLE or SET SESSION AUTHORIZATION made of it */
	bool role_unknown;                        /* it was set to what cannot be read */
	int64_t time_s;                           /* since 1970, 0: not known */
};

/* What the policy says about one relation, call or file. */
struct policy_table {
	bool sensitive;
	const struct slice *tags; /* union over the matching entries; owned by the policy or the arena */
	size_t ntags;
	unsigned severity; /* 0..100: low 21, medium 47, high 73, critical 99 */
};

#define POLICY_SUBJECTS_MAX 64        /* told of one event; the rest is counted */
#define POLICY_SUBJECT_HASHES 1000000 /* tried for one event, within a second; beyond it the event is uncertain */
#define POLICY_MENTION_STEPS 2000000  /* comparisons of words in string constants; beyond it the event is uncertain */
#define POLICY_MENTIONS_MAX 64

struct subject;

struct policy_verdict {
	enum policy_action action; /* POLICY_NONE: nothing sensitive, nothing uncertain */
	bool uncertain;            /* the certainty, not a table, made the match */
	struct slice rule;         /* name of the rule; for the implicit ones "sensitive table", "watched function", "watched file",
				      "protected subject", "table named in a string", "uncertain statement" */
	struct slice ruleset;      /* file it came from */
	unsigned severity;
	struct policy_table *tables; /* parallel to the relations, calls and files of the question */
	struct policy_table *calls;
	struct policy_table *files;
	const struct subject **subjects; /* each once */
	size_t nsubjects;
	size_t more_subjects; /* different ones found beyond POLICY_SUBJECTS_MAX */
	bool cut;             /* the question, or a limit, left something unexamined */
};

/* Compiles the policy part of a configuration; the configuration must outlive it. 0 or -ENOMEM. */
int policy_new(const struct config *config, struct policy **ret);
void policy_free(struct policy *p);

/* ret lives in arena. 0 or -ENOMEM. */
int policy_match(const struct policy *p, const struct policy_question *q, struct arena *arena, struct policy_verdict *ret);

/*
 * Adds the base relations (views: of the configuration) of every named view and called function, transitively; *ret_n >= n, the first n
 * unchanged.
 */
int policy_expand(const struct policy *p, const struct sql_relation *relations, size_t n, const struct sql_call *calls, size_t ncalls,
		  struct arena *arena, struct sql_relation **ret, size_t *ret_n);

/*
 * The sensitive tables that words in string constants name, as relations with via SQL_VIA_LITERAL, each once, without those in known.
 * whole: as in the question. *ret_cut: a limit was met. 0 or -ENOMEM.
 */
int policy_mentions(const struct policy *p, struct slice system, const struct policy_value *values, size_t nvalues,
		    const struct policy_text *whole, const struct sql_relation *known, size_t nknown, struct arena *arena,
		    struct sql_relation **ret, size_t *ret_n, bool *ret_cut);

/* Does this reference touch something sensitive, whoever asks? */
bool policy_touches(const struct policy *p, struct slice system, const struct sql_relation *r, enum sql_certainty certainty);

/* Are there protected people to look for? */
bool policy_has_subjects(const struct policy *p);
/* What rules ask for that takes an effort to find out. */
enum { POLICY_ASKS_SERVER = 1, POLICY_ASKS_GROUP = 2, POLICY_ASKS_SCRIPT = 4, POLICY_ASKS_SESSION = 8 };
unsigned policy_asks(const struct policy *p);
/* The keyed hash of a text with the key of the protected people; false: there is none. */
bool policy_text_hash(const struct policy *p, struct slice text, unsigned char ret[16]);

/* Writes step by step why the verdict came out so (for "policy test"). */
void policy_explain(const struct policy *p, const struct policy_question *q, struct buf *out);

const char *policy_action_name(enum policy_action a);

#endif
