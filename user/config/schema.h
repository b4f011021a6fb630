// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* The keys of the configuration: each handler checks one value and fills its field. */
#ifndef QPROV_SCHEMA_H
#define QPROV_SCHEMA_H

#include "config/value.h"

/* The whole document into l->c. */
int schema_read(struct load *l, const struct yaml *root);

/* Sections that stand in policy.d too; target is the struct config. */
int schema_tables(struct load *l, const struct yaml *n, void *target);
int schema_functions(struct load *l, const struct yaml *n, void *target);
int schema_paths(struct load *l, const struct yaml *n, void *target);
int schema_views(struct load *l, const struct yaml *n, void *target);
int schema_partitions(struct load *l, const struct yaml *n, void *target);
int schema_thresholds(struct load *l, const struct yaml *n, void *target);
int schema_rules(struct load *l, const struct yaml *n, void *target);

int schema_probes(struct load *l, const struct yaml *n, void *target);
int schema_floor(struct load *l, const struct yaml *n, void *target);

/* alert | log | ignore into an enum config_action. */
int schema_action(struct load *l, const struct yaml *n, void *target);

/* [catalog.][schema.]relation with globs: how tables are named in match and in when.tables. */
int schema_check_pattern(struct load *l, const struct yaml *n, struct slice s);

/* Of tables, functions and files alike. */
int schema_systems(struct load *l, const struct yaml *n, struct config_strings *ret);
int schema_severity(struct load *l, const struct yaml *n, unsigned *ret);

/* The keys of when; target is the struct config_rule. */
int schema_when(struct load *l, const struct yaml *n, void *target);
/* 2026-12-31: the last second of that day (UTC) since 1970. */
int schema_day(struct load *l, const struct yaml *n, int64_t *ret);

#endif
