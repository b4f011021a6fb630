// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Other ways to write a value in SQL: each gives the plain text into a buffer of SUBJECT_VALUE_MAX bytes, or SLICE_NONE where it is none.
 */
#ifndef QPROV_SUBJECT_FORMS_H
#define QPROV_SUBJECT_FORMS_H

#include <stdbool.h>

#include "base/slice.h"

/* 4_711, 4711.0, 47.11e2, 0x1267, 0b1001001100111, 0o11147: the same integer in digits. */
struct slice form_integer(struct slice v, char *to);
/* \x6d61.. of bytea, 0x6d61.., and the digits of x'6d61..': text that can be printed. */
struct slice form_hex(struct slice v, char *to);
/* "mara & muster", "+mara +muster", "%Mara%Muster%" of a search for text: the words alone, of two also the second one first. */
struct slice form_words(struct slice v, bool swapped, char *to);
/* A pattern for one address of mail: "mara_example.org" and "mara%example.org" of LIKE, "mara@example[.]org" of regular expressions. */
struct slice form_pattern(struct slice v, char *to);
/* "Muster, Mara": the part behind the only comma first. */
struct slice form_swapped(struct slice v, char *to);

#endif
