// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#ifndef QPROV_SECRET_H
#define QPROV_SECRET_H

#include <stddef.h>

/*
 * Overwrites the values of PWD and PASSWORD in an ODBC connection string ("DSN=crm;UID=x;PWD=y", values also in braces), and the password
 * of a URI ("mongodb://x:y@db7/crm"), by stars, in place: what leaves capture, recorded files too, never holds them. unit: bytes of one
 * character, 1, 2 or 4, host order. Source: ODBC Programmer's Reference, SQLDriverConnect, "Connection Strings"; RFC 3986, 3.2.1
 */
void secret_mask(char *text, size_t bytes, unsigned unit);

#endif
