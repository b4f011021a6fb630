// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* What the files of queries share. */
#ifndef QPROV_QUERY_H
#define QPROV_QUERY_H

#include "sql/reader.h"

/* DISTINCT, TOP (5), STRAIGHT_JOIN and their kin behind SELECT. */
void select_modifiers(struct reader *p);
/* INTO a, :b */
void into_variables(struct reader *p);
/* At FROM: FROM t [SELECT a] ..., and Hive's FROM t INSERT ... */
void read_from_first(struct reader *p);

/* Pipe syntax: at |>. */
void read_pipe(struct reader *p);

#endif
