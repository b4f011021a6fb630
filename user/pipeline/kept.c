// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "pipeline/kept.h"

#include <errno.h>
#include <string.h>

#include "evidence/summary.h"

#define DERIVED_FILE_MAX (32u << 20)

enum { FORGET_MAX = 256 }; /* names in one record; each is compared with all that is kept */

static const char derived_what[] = "what is known of relations made from sensitive ones";

void kept_init(struct kept *k)
{
	buf_init(&k->derived, DERIVED_FILE_MAX);
}

void kept_done(struct kept *k)
{
	buf_done(&k->derived);
}

static int derived_state(struct kept *k, struct sessions *sessions, const struct event_context *ec, const struct decoded *d,
			 struct buf *out)
{
	struct slice why = d->str[2];
	int err = 0;

	if (!(d->hdr->flags & REC_STATE_FAILED)) {
		buf_add(&k->derived, d->str[1]);
		if (!(d->hdr->flags & REC_STATE_LAST))
			return 0;
		err = k->derived.err ? -EBADMSG : sessions_load(sessions, buf_slice(&k->derived));
		why = err > 0 ? SLICE("what was made after it was written is missing: the agent was killed")
			      : SLICE("the file is damaged, or of another version");
	}
	buf_done(&k->derived);
	if (err || (d->hdr->flags & REC_STATE_FAILED))
		summary_state(ec, d->hdr->ts_ns, derived_what, err <= 0, d->str[0], why, out);
	return err == -ENOMEM ? err : 0;
}

/* A line for each name: somebody decided that it is watched no longer. */
static void forget(struct sessions *sessions, const struct event_context *ec, const struct decoded *d, struct buf *out)
{
	struct slice rest = d->str[1], file = d->str[0], error = d->str[2];

	if (d->hdr->flags & REC_STATE_FAILED)
		event_forgotten(ec, d->hdr->ts_ns, file, SLICE_NONE, 0, error, out);
	for (unsigned i = 0; rest.len; i++) {
		struct slice name = slice_line(&rest);

		if (i == FORGET_MAX) {
			event_forgotten(ec, d->hdr->ts_ns, file, name, 0, SLICE("more than 256 names at once; nothing from this one on"),
					out);
			return;
		}
		if (name.len)
			event_forgotten(ec, d->hdr->ts_ns, file, name, sessions_forget(sessions, name), SLICE_NONE, out);
	}
}

int kept_state(struct kept *k, struct repeat *repeat, struct sessions *sessions, const struct event_context *ec, const struct decoded *d,
	       struct buf *out)
{
	if (d->hdr->flags & REC_STATE_FORGET) {
		forget(sessions, ec, d, out);
		return 0;
	}
	if (d->hdr->flags & REC_STATE_DERIVED)
		return derived_state(k, sessions, ec, d, out);
	return repeat_state(repeat, ec, d, out);
}
