// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Kinds of objects that hold no rows and whose definition names no table in a place of its own. From the manuals' lists of CREATE, ALTER
 * and DROP statements: PostgreSQL 18, MySQL 9, MariaDB 12, SQL Server 2025, Oracle 23ai, Snowflake, BigQuery, Redshift, Databricks,
 * DuckDB 1.4, ClickHouse, Trino.
 */
#include "sql/ddl.h"

#include "base/cleanup.h"

/* The first word of each, in order. */
static const char *const kinds[] = {
	"access",        "account",      "aggregate",   "alert",       "analytic",     "analyzer",    "api",
	"application",   "assembly",     "assignment",  "asymmetric",  "attribute",    "audit",       "authentication",
	"authorization", "availability", "bigfile",     "binding",     "branch",       "broker",      "capacity",
	"cast",          "catalog",      "certificate", "charfilter",  "class",        "cluster",     "collation",
	"collection",    "column",       "compute",     "connection",  "connector",    "constant",    "constraint",
	"context",       "contract",     "controlfile", "conversion",  "cortex",       "credential",  "cryptographic",
	"data",          "database",     "datashare",   "dbt",         "dcm",          "default",     "dictionary",
	"dimension",     "directory",    "diskgroup",   "domain",      "edition",      "encryption",  "endpoint",
	"event",         "explore",      "extension",   "external",    "failover",     "file",        "flashback",
	"flow",          "foreign",      "format",      "fulltext",    "function",     "functions",   "git",
	"group",         "hierarchy",    "identity",    "image",       "index",        "indextype",   "inmemory",
	"instance",      "integration",  "java",        "key",         "language",     "large",       "library",
	"listing",       "location",     "lockdown",    "logfile",     "logical",      "login",       "macro",
	"managed",       "mandatory",    "masking",     "master",      "mcp",          "message",     "model",
	"named",         "namespace",    "network",     "notebook",    "notification", "operator",    "organization",
	"outline",       "owned",        "package",     "packages",    "parser",       "partition",   "password",
	"persistent",    "pfile",        "pipe",        "placement",   "pluggable",    "plugin",      "pmem",
	"policy",        "prepare",      "prepared",    "privacy",     "procedure",    "profile",     "project",
	"property",      "provider",     "public",      "publication", "queue",        "quota",       "recipient",
	"remote",        "replication",  "reservation", "resource",    "restore",      "rls",         "role",
	"rollback",      "route",        "routine",     "row",         "rule",         "scheduled",   "schema",
	"search",        "secret",       "security",    "selective",   "sensitivity",  "sequence",    "server",
	"service",       "session",      "settings",    "share",       "shared",       "signature",   "smallfile",
	"spatial",       "spfile",       "stage",       "statistics",  "stoplist",     "storage",     "stream",
	"streamlit",     "subscription", "symmetric",   "synonym",     "system",       "table",       "tablegroup",
	"tablespace",    "tag",          "task",        "temporary",   "text",         "tokenfilter", "tokenizer",
	"transform",     "trigger",      "type",        "undo",        "user",         "volume",      "warehouse",
	"widget",        "workload",     "workspace",   "xml",         "zonemap",
};

void expect_kind(struct reader *p)
{
	if (tok(p)->type != TOKEN_WORD || !slice_ieq_sorted(tok_raw(p), kinds, ARRAY_SIZE(kinds)))
		partial(p);
}
