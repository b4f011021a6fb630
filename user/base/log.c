// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>

static enum log_level current = LOG_LEVEL_INFO;

void log_set_level(enum log_level level)
{
	current = level;
}

__attribute__((format(printf, 3, 0))) static void emit(enum log_level level, const char *tag, const char *fmt, va_list ap)
{
	char line[2048];
	int n;

	if (level > current)
		return;
	n = vsnprintf(line, sizeof(line), fmt, ap);
	if (n >= 0)
		fprintf(stderr, "qprov: %s%s\n", tag, line);
}

#define DEFINE_LOG(name, level, tag)                                                                                                       \
	void name(const char *fmt, ...)                                                                                                    \
	{                                                                                                                                  \
		va_list ap;                                                                                                                \
                                                                                                                                           \
		va_start(ap, fmt);                                                                                                         \
		emit(level, tag, fmt, ap);                                                                                                 \
		va_end(ap);                                                                                                                \
	}

DEFINE_LOG(log_error, LOG_LEVEL_ERROR, "error: ")
DEFINE_LOG(log_warn, LOG_LEVEL_WARN, "warning: ")
DEFINE_LOG(log_info, LOG_LEVEL_INFO, "")
DEFINE_LOG(log_debug, LOG_LEVEL_DEBUG, "debug: ")
