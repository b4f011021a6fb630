// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#ifndef QPROV_UTF16_H
#define QPROV_UTF16_H

#include "base/buf.h"

/*
 * UTF-16 in host order, up to a NUL unit or the end, to UTF-8 appended to out; a lone surrogate and an odd last byte become U+FFFD.
 * Source: RFC 2781 section 2.2.
 */
void utf16_to_utf8(struct slice in, struct buf *out);
/* The same for UTF-32 (wchar_t): what is no character becomes U+FFFD. */
void utf32_to_utf8(struct slice in, struct buf *out);

#endif
