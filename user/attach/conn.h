// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* What the probes are to read of a connection, decoded from the accessor functions of the very file. */
#ifndef QPROV_ATTACH_CONN_H
#define QPROV_ATTACH_CONN_H

#include "attach/chain.h"
#include "attach/elf.h"

/* One accessor function and the item it gives away. */
struct conn_row {
	const char *symbol;
	uint8_t form; /* enum chain_form */
	uint8_t item; /* enum conn_item; CONN_ITEMS: none, conn.c makes something else of it */
	uint8_t kind; /* enum conn_kind */
};

#define CONN_ROWS_MAX 12

/* DuckDB's Value: where in such an object what is. Of type_at and text_at: a pointer that lies there leads to it; -1: none. */
struct value_layout {
	bool known;
	int32_t type_at, type; /* a byte */
	int32_t null;          /* a byte */
	int32_t number;        /* up to 128 bits */
	int32_t text_at, text; /* a std::string */
};

/* Addresses of the functions, in the order of the family's rows; 0: not in this file. */
struct conn_found {
	uint64_t vaddr[CONN_ROWS_MAX];
};

/*
 * Fills *ret and *ret_value; what cannot be decoded stays CONN_NONE, or not known. system: enum client_system, for what its public header
 * fixes. Returns whether anything is known of a connection.
 */
bool conn_decode(const struct elf *e, uint16_t system, const struct conn_row *rows, size_t n, const struct conn_found *found,
		 struct conn_spec *ret, struct value_layout *ret_value);

#endif
