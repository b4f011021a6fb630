// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Where an accessor function finds what it returns, when that is more than one load away from its argument (conn->connhost[i].host,
 * db->aDb[0].pBt->pBt->pPager->zFilename): the function is run over symbolic values, through the calls it makes in the same file, for an
 * argument that is a live object. Of a live object is assumed: pointers in it are not NULL, states compared with a constant are equal to it
 * (the connection is up, a rarely used second socket is not there), flags are clear, the first byte of a string is not its end.
 * What cannot be followed to a returned load is unknown; nothing is guessed.
 */
#ifndef QPROV_CHAIN_H
#define QPROV_CHAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "record.h"

enum chain_form {
	CHAIN_RETURN_8,  /* returns the byte at the end of the chain, zero-extended */
	CHAIN_RETURN_32, /* the 32 bits */
	CHAIN_RETURN_64,
	CHAIN_FIRST,  /* the first 64 bits it looks at, directly in its argument */
	CHAIN_SECOND, /* the first 64 bits it looks at one pointer away */
	CHAIN_ARRAY,  /* walks an array of its argument, handing the address of each element to another function */
	CHAIN_FIELD,  /* walks a list {next at 0, code at 8, text at 9} in its argument and returns the text of a code */
	CHAIN_MEM,    /* returns the 64 bits that belong to the flags it reads first */
	/* With these both ways are followed where the outcome of a comparison is not known; those that end in an answer must agree on it.
	 */
	CHAIN_ADDRESS,   /* returns an address in its argument */
	CHAIN_WAYS_32,   /* returns the 32 bits */
	CHAIN_COPIED,    /* copies 32 bits of its argument into the 32 bits behind them: where they were */
	CHAIN_ROWS,      /* a number of rows, returned */
	CHAIN_ROWS_OUT,  /* stored where the second argument points to: SQLRowCount() */
	CHAIN_ROWS_INFO, /* stored where the third one points to, for CS_ROW_COUNT as the second: ct_res_info() */
	CHAIN_LIST,    /* CHAIN_FIRST, the head of a list with next at 0, name at 8, value at 16: checked against what the function reads */
	CHAIN_FIRST_8, /* the first byte it looks at, wherever that is */
	CHAIN_INSIDE,  /* returns an address in what its argument points to */
};

/* The file's code. */
struct chain_code {
	ssize_t (*read)(void *ctx, uint64_t vaddr, void *buf, size_t n);
	/* Where a PLT stub leads. False: it is none, or out of the file. */
	bool (*stub)(void *ctx, uint64_t vaddr, uint64_t *ret);
	void *ctx;
};

/* Addresses of SQLite's functions: sqlite3_clear_bindings walks the bound values, the others read one. 0: not there. */
struct chain_mem {
	uint64_t clear_bindings, value_blob, value_int64;
};

/* Where SQLite keeps bound values; 0 or -ENOENT. Source of the flags: sqliteInt.h (MEM_Str, MEM_Int). */
int chain_mem_layout(const struct chain_code *code, const struct chain_mem *at, struct mem_layout *ret);

/*
 * 0 and *ret, or -ENOENT. The kind is left alone, but for rows, where it becomes CONN_U32 or CONN_U64. The second argument is taken to be
 * NULL, for CHAIN_LIST not NULL.
 */
int chain_decode(const struct chain_code *code, uint64_t vaddr, enum chain_form form, struct conn_chain *ret);

#endif
