// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Classes of ASCII characters, whatever the locale; a byte beyond ASCII is of none but where that is said. */
#ifndef QPROV_ASCII_H
#define QPROV_ASCII_H

#include <stdbool.h>

static inline char ascii_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static inline bool ascii_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Blank, tab, line feed, vertical tab, form feed, carriage return. */
static inline bool ascii_is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Letters, digits and the underscore. */
static inline bool ascii_is_word(char c)
{
	return (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z') || ascii_is_digit(c) || c == '_';
}

/* What an unquoted name of SQL is made of: of word characters, the dollar sign, and whatever is beyond ASCII. */
static inline bool ascii_is_name(char c)
{
	return ascii_is_word(c) || c == '$' || (unsigned char)c >= 0x80;
}

#endif
