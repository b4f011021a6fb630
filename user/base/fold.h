// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Text as it is compared when a person's name is looked for: without case, marks and forms ('MÜLLER', 'Mu\u0308ller' and fullwidth letters
 * are "muller"), for Latin, Greek, Cyrillic, Armenian and Georgian. Letters that only look alike (Cyrillic and Latin a) stay different.
 */
#ifndef QPROV_FOLD_H
#define QPROV_FOLD_H

#include "base/slice.h"

/* Folds s (UTF-8; other bytes are taken for Latin-1) into out, max bytes. *ret_len. 0, or -E2BIG. */
int fold_text(struct slice s, char *out, size_t max, size_t *ret_len);

#endif
