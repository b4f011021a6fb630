// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * The log: one line on stderr, for the operator. Library code returns errors; the caller that gives up logs once.
 * SQL text is never logged above debug. Foreign bytes go through slice_quote().
 */
#ifndef QPROV_LOG_H
#define QPROV_LOG_H

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

void log_set_level(enum log_level level);
/* "qprov: error: ..." and so on; put strerror() into the text where it helps. */
void log_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
