// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Who asks, as rules see it: the person, the groups, the program and its script, the way in. */
#ifndef QPROV_ASKER_H
#define QPROV_ASKER_H

#include "event/event.h"

/* What no rule of the policy asks for is left out. Texts live in ec->arena or until the next feed of the identity stage. */
struct policy_who asker_of(const struct policy *p, const struct event_context *ec, const struct rec_task *t);
/* Has it a ".."? A symbolic link in front of that may lead it, and so the path, anywhere. */
bool asker_goes_up(struct slice path);

#endif
