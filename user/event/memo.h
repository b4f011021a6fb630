// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Who asked, as it was written for the last events of a thread: most events of a busy stream come from few threads, about which nothing new
 * was learnt in between. An entry holds while identity_generation(), the task of the record and the wall clock stand still.
 * Only whole lines use it; what it gives is byte for byte what line.h's functions would write.
 */
#ifndef QPROV_MEMO_H
#define QPROV_MEMO_H

#include "event/event.h"
#include "event/json.h"
#include "identity/person.h"

struct event_memo;

int memo_new(struct event_memo **ret); /* 0 or -ENOMEM */
void memo_free(struct event_memo *m);  /* NULL is fine */
/* The masking of arguments changed: nothing that was kept holds. */
void memo_clear(struct event_memo *m);

/* story_of(); ret is where it goes when there is no memo. What is returned lasts as long as a story does, until the next call at most. */
const struct story *memo_story(const struct event_context *ctx, const struct rec_task *t, struct story *ret);
/* line_who() and line_attribution() of a line that is not slim; both stand behind other members of their objects. */
bool memo_who(struct json *j, const struct event_context *ctx, const struct rec_task *t);
void memo_attribution(struct json *j, const struct event_context *ctx, const struct rec_task *t, uint64_t ts_ns, bool args_cut);

#endif
