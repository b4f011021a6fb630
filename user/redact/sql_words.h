// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Names whose arguments are secrets, for sql.c. All are compared without case. */
#ifndef QPROV_REDACT_SQL_WORDS_H
#define QPROV_REDACT_SQL_WORDS_H

#include "base/slice.h"

/* Encryption functions: every string in their arguments may be a key or what is to be kept secret. */
bool sql_key_function(struct slice name);
/* PRAGMA key and its kin (SQLCipher). */
bool sql_key_pragma(struct slice name);
/* Procedures of SQL Server that take a password as an argument. */
bool sql_password_procedure(struct slice name);
/*
 * ClickHouse: functions and engines that log in elsewhere. The number of the first string among their arguments that may be a user or a
 * password, from 1; bare: when the table is no string. 0: none of them.
 */
unsigned sql_login_function(struct slice name, bool bare);

#endif
