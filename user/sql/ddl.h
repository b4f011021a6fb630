// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* What the readers of CREATE, ALTER and DROP share. */
#ifndef QPROV_DDL_H
#define QPROV_DDL_H

#include "sql/reader.h"

/* Words between the verb and what it makes: OR REPLACE, UNIQUE, DEFINER = ...; TEMPORARY is told. */
void skip_noise(struct reader *p, bool *ret_temporary);
/* The operation of the statement in two words: CREATE TABLE. Not inside text that is executed. */
void name_operation(struct reader *p, const char *verb, const char *object);
/* The operation from the word here: CREATE SEQUENCE. */
void name_operation_here(struct reader *p, const char *verb);
/* At the word for what is made, changed or dropped, when no reader is there for it (kinds.c): partial unless it holds no rows. */
void expect_kind(struct reader *p);
/* A query begins n tokens on, behind any number of parentheses. */
bool query_follows(struct reader *p, size_t n);
/* A list of relations, perhaps behind an opening parenthesis. */
void read_reference_table(struct reader *p, uint32_t access);
/* At '(' of a definition: REFERENCES t, LIKE t and subqueries in it are read. */
void definition_group(struct reader *p);
/* CREATE INDEX i ON t (..), CREATE POLICY p ON t ...: the table is behind ON. */
void on_table(struct reader *p, const char *verb, const char *object, uint32_t access);
/* PUBLICATION p FOR TABLE a, b (c), CREATE STATISTICS s ON a FROM t */
void create_publication(struct reader *p, const char *verb, const char *object);
/* To the end of the statement, queries in parentheses on the way are read. */
void read_rest_with_groups(struct reader *p);

void read_create_database(struct reader *p);

/* ---- behind.c: tables that another one's rows come from ---- */
/* At ENGINE = e(...). */
void read_engine(struct reader *p);
/* SQLite: at the '(' of VIRTUAL TABLE v USING fts5(a, content=t), fts5vocab(t, row): under the options that may name one. */
void virtual_table(struct reader *p, struct slice module);
/* @insert or { n tokens on: behind the name of a table in a duality view. */
bool opens_object(struct reader *p, size_t n);
/* Oracle: t @insert {_id: id, items: u @update [{...}]}: at the first name. */
void duality_tables(struct reader *p);

/* ---- create_other.c: each behind CREATE, macro and synonym behind their word ---- */
void create_rule(struct reader *p);
/* At EVENT of a batch. */
void batch_event(struct reader *p, const char *verb);
void create_synonym(struct reader *p);
void create_code(struct reader *p, const char *object);
void create_macro(struct reader *p);
void create_schema(struct reader *p);
void create_model(struct reader *p);
void create_graph(struct reader *p, const char *verb);
void create_dictionary(struct reader *p);
/* Snowflake: at the name of a semantic view. */
void create_semantic_view(struct reader *p);
void security_policy(struct reader *p, const char *verb);
/* At DATABASE AUDIT SPECIFICATION. */
void audit_specification(struct reader *p, const char *verb);

#endif
