// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "capture/secret.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct chars {
	char *text;
	size_t n; /* characters */
	unsigned unit;
};

static uint32_t get(const struct chars *c, size_t i)
{
	uint16_t u16;
	uint32_t u32;

	switch (c->unit) {
	case 2:
		memcpy(&u16, c->text + 2 * i, sizeof(u16));
		return u16;
	case 4:
		memcpy(&u32, c->text + 4 * i, sizeof(u32));
		return u32;
	default:
		return (unsigned char)c->text[i];
	}
}

static void star(const struct chars *c, size_t i)
{
	uint16_t u16 = '*';
	uint32_t u32 = '*';

	if (c->unit == 2)
		memcpy(c->text + 2 * i, &u16, sizeof(u16));
	else if (c->unit == 4)
		memcpy(c->text + 4 * i, &u32, sizeof(u32));
	else
		c->text[i] = '*';
}

static bool is_word(const struct chars *c, size_t from, size_t to, const char *word)
{
	for (; from < to && *word; from++, word++)
		if ((get(c, from) | 0x20) != (uint32_t)(unsigned char)*word)
			return false;
	return from == to && !*word;
}

static bool is_secret(const struct chars *c, size_t from, size_t to)
{
	while (from < to && get(c, from) == ' ')
		from++;
	while (to > from && get(c, to - 1) == ' ')
		to--;
	return is_word(c, from, to, "pwd") || is_word(c, from, to, "password") || is_word(c, from, to, "newpwd");
}

/* Behind the value that begins at i: the semicolon or the end. A brace that is never closed reaches to the end. */
static size_t value_end(const struct chars *c, size_t i)
{
	if (i < c->n && get(c, i) == '{') {
		for (i++; i < c->n; i++) {
			if (get(c, i) != '}')
				continue;
			if (i + 1 < c->n && get(c, i + 1) == '}')
				i++;
			else
				break;
		}
	}
	while (i < c->n && get(c, i) != ';' && get(c, i))
		i++;
	return i;
}

static size_t find(const struct chars *c, size_t from, uint32_t what)
{
	while (from < c->n && get(c, from) && get(c, from) != what)
		from++;
	return from;
}

/* Ports of hosts, where no password can stand: "db7:27017,db8:27017/crm". */
static bool is_port(const struct chars *c, size_t i)
{
	size_t start = i;

	while (i < c->n && get(c, i) >= '0' && get(c, i) <= '9')
		i++;
	return i > start && (i == c->n || !get(c, i) || get(c, i) == '/' || get(c, i) == ',' || get(c, i) == '?');
}

/* Behind the first colon up to the last "@"; where the text was cut before that, up to its end. */
static bool mask_uri(const struct chars *c)
{
	size_t scheme = find(c, 0, ':'), from, to, at = c->n;

	for (size_t i = 0; i < scheme && i < c->n; i++)
		if (get(c, i) == '=' || get(c, i) == ';') /* a connection string that has a URI as a value */
			return false;
	if (scheme + 2 >= c->n || get(c, scheme + 1) != '/' || get(c, scheme + 2) != '/')
		return false;
	from = find(c, scheme + 3, ':') + 1;
	for (to = from; to < c->n && get(c, to); to++)
		if (get(c, to) == '@')
			at = to;
	if (at < c->n)
		to = at;
	else if (from > c->n || is_port(c, from))
		return true;
	for (; from < to; from++)
		star(c, from);
	return true;
}

void secret_mask(char *text, size_t bytes, unsigned unit)
{
	struct chars c = { .text = text, .n = bytes / unit, .unit = unit };
	size_t key = 0;

	if (mask_uri(&c))
		return;
	for (size_t i = 0; i < c.n;) {
		size_t from, to;

		if (get(&c, i) == ';') {
			key = ++i;
			continue;
		}
		if (get(&c, i) != '=') {
			i++;
			continue;
		}
		from = i + 1;
		to = value_end(&c, from);
		if (is_secret(&c, key, i))
			for (size_t k = from; k < to; k++)
				star(&c, k);
		key = i = to;
	}
}
