// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Where lines go: stdout or a file (0600, rotation by rename at a size). Never blocks for long, never loses silently. */
#ifndef QPROV_SINK_H
#define QPROV_SINK_H

#include "base/slice.h"

struct config_sink;
struct sinks;

/*
 * n 0: stdout. Fails with -errno and names the sink in *ret_which (static or config memory); -EBUSY: another process writes the file,
 * *ret_owner (0: unknown).
 */
int sinks_open(const struct config_sink *v, size_t n, struct sinks **ret, struct slice *ret_which, uint32_t *ret_owner);
/*
 * Writes complete lines, one write(2) per line. A sink that fails (disk full, closed pipe) counts the lines it lost and keeps trying
 * each time (never leaves half a line before the next: a torn line is ended by a newline first). Returns 0; -EPIPE when
 * stdout is closed (the caller stops); other errors are kept and counted, not returned.
 */
int sinks_write(struct sinks *s, struct slice lines);
/* Lines lost since the last call of this function, and why (static text of strerror); 0: none. */
uint64_t sinks_lost(struct sinks *s, const char **ret_why);
/* Did some sinks take the last line and others not? */
bool sinks_divided(const struct sinks *s);
enum sink_change {
	SINK_SAME,
	SINK_MOVED,     /* somebody renamed the file: lines go to a new one from now on */
	SINK_REMOVED,   /* or removed it, with the lines in it */
	SINK_TRUNCATED, /* it is shorter than what was written to it */
};

/* Has somebody else touched the file of a sink? One change, with its path (the sink's); to be asked again until there is none. */
enum sink_change sinks_check(struct sinks *s, struct slice *ret_path);
/* Flushes to disk (fsync). */
void sinks_sync(struct sinks *s);
void sinks_free(struct sinks *s);

#endif
