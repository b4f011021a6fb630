// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* The attacher's memory of files, shared by engine.c, opened.c, hook.c, scan.c, installed.c and sweep.c only. */
#ifndef QPROV_ENGINE_PRIV_H
#define QPROV_ENGINE_PRIV_H

#include "attach/engine.h"
#include "attach/records.h"
#include "base/fetch.h"
#include "base/map.h"

#define FAMILIES_MAX 16
#define OWN_BYTES_MAX (4u << 20)
#define LIBRARY_IDS 16384 /* what the query stage takes */
#define NEW_ROOTS_MAX 64
#define REFUSED_SLOTS 256
#define REFUSED_SINGLY 16 /* in the time of a sweep */
#define COUNTED_MAX 4     /* functions of a file that are called for each row */
#define ROOTS_MAX 256     /* file system roots other than ours that are told apart */

/* Sites of a file that are probed only while they are asked for: counted.c. */
struct counted {
	struct capture_link *link; /* NULL: not now */
	uint64_t until_ns;
	int fd; /* the file, when n */
	size_t n;
	uint64_t offsets[COUNTED_MAX];
	uint32_t sites[COUNTED_MAX];
};

struct file {
	struct hnode node;
	struct file_id id;
	struct timespec ctime;
	uint64_t size;
	uint32_t owner;       /* whose file it is */
	uint64_t fingerprint; /* of its plans */
	struct capture_link *link;
	uint32_t *sites;
	size_t nsites;
	struct counted counted;
	uint32_t families; /* hooked in it */
	uint32_t systems;  /* bit n: enum client_system n */
	uint32_t libraries[FAMILIES_MAX];
	uint16_t conns[FAMILIES_MAX]; /* of capture_conn_add() */
	uint8_t number;               /* probe_spec.file; 0: not hooked yet */
	char *path;                   /* hooked files only: where it was found */
	uint64_t hooked_ns;           /* CLOCK_BOOTTIME at which its probes were in place */
	bool late;                    /* told that it was in use before */
	bool aside;                   /* an overlay's: its number stands for a copy of it now, and this is what was hooked before */
	bool copied;                  /* such a copy */
	unsigned absent;              /* sweeps in a row in which it was neither there nor mapped */
	bool mapped;                  /* during a sweep */
};

struct attach {
	struct capture *c;
	struct attach_options options;
	struct hurry *hurry; /* the caller's */
	bool in_use;         /* what is looked at now was mapped a moment ago */
	struct arena arena;  /* holds own */
	struct client_family *own;
	size_t nown;
	uint64_t own_found; /* bit i: a library of own[i] was hooked */
	attach_emit_fn emit;
	void *emit_ctx;
	attach_plan_fn observe;
	void *observe_ctx;
	struct hmap files;
	struct buf record;
	uint32_t hooked; /* files */
	uint32_t libraries;
	uint32_t sites;
	uint32_t next_site; /* dry run */
	unsigned next_file; /* for file.number */
	uint64_t forgotten; /* files without client functions, to make room; told by the next sweep, or at the end */
	bool library_used[LIBRARY_IDS];
	uint64_t vanished; /* mapped files that were gone before they could be looked at; told by the next sweep, or at the end */
	uint64_t refused[REFUSED_SLOTS]; /* scan.c: mapped files that could not be opened, told already */
	unsigned refused_told;           /* since the last sweep */
	uint64_t refused_more;           /* not told singly */
	/* sweep.c */
	uint64_t next_sweep_ns;
	struct timespec cache_ctime; /* of ld.so.cache when it was read */
	/* installed.c */
	uint64_t roots[ROOTS_MAX];
	size_t nroots;
	unsigned new_roots[NEW_ROOTS_MAX]; /* pids, for attach_new_root() */
	size_t nnew_roots;
};

struct job { /* one file being looked at */
	struct slice path;
	int fd; /* of the file; elf may read a copy */
	struct elf elf;
	struct plan plans[FAMILIES_MAX];
	size_t nplans;
};

/* hook.c: fills f from the plans of j, tells, and attaches. On failure nothing of it stays. */
int engine_hook(struct attach *a, struct job *j, struct file *f, uint64_t fingerprint);
void engine_emit_coverage(struct attach *a, const char *reason, int err, struct slice path, struct slice symbols);
/* The file of these numbers, as it was looked at last; NULL: it never was. Whether it is in that state still. */
struct file *engine_find(const struct attach *a, const struct stat *st);
bool engine_unchanged(const struct file *f, const struct stat *st);
/* An open file, looked into once for each state of it. 0, 1 (hooked), or -errno. *ret: as it is remembered now. */
int engine_take(struct attach *a, const struct fetched *open, struct slice path, struct file **ret);
/*
 * opened.c: one file, by the question that leads to it (its path, and on whose account), once for each state of it. m: the mapping that is
 * to be told of when its storage takes its time; NULL: none. 0, 1 (hooked), -errno; -EINPROGRESS: later. *ret: the file as it is remembered
 * now, or NULL.
 */
int engine_file(struct attach *a, struct fetch *q, const struct watch_mapping *m, struct slice path, struct file **ret);
/* The same for a name that nobody has mapped, seen from the root of this process; 0: from here. path: what it is called there. */
int engine_name(struct attach *a, uint32_t pid, const char *name, struct slice path);
/* scan.c: what has become of a mapping is told. */
void scan_outcome(struct attach *a, const struct watch_mapping *m, struct file *f, int r);
/* Takes the probes out and gives slots and numbers back; the file stays remembered. */
void engine_unhook(struct attach *a, struct file *f);
/* The same for many at once, side by side. */
void engine_unhook_all(struct attach *a, struct file **files, size_t n);
/* Unhooks and forgets. */
void engine_forget(struct attach *a, struct file *f);

/* counted.c: the file keeps what is probed on demand, and a descriptor of its own. 0 or -errno. */
int counted_keep(struct file *f, int fd, const struct counted *c);
void counted_release(struct attach *a, struct file *f);
/* Probes that nobody asked for since. */
void counted_sweep(struct attach *a, uint64_t now_ns);

/* sweep.c: one record for all that vanished, and one for all that could not be opened and were not told singly. */
void sweep_tell_uncounted(struct attach *a);

/* installed.c: the libraries that ld.so.cache names, of the root of this process (0: ours); nothing when there is none. Number newly
 * hooked.
 */
int scan_ld_cache(struct attach *a, unsigned pid);
/* The same where the process lives, musl's folders too, when that is another root than ours and was not looked at before. */
int scan_root(struct attach *a, unsigned pid);

#endif
