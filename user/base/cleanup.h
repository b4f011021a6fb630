// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Release at the end of scope, for locals: _cleanup_free_, _cleanup_close_, _cleanup_fclose_. Destructors take NULL or -1. */
#ifndef QPROV_CLEANUP_H
#define QPROV_CLEANUP_H

void cleanup_free(void *p);
void cleanup_close(const int *fd);
void cleanup_fclose(void *p);

#define _cleanup_(f) __attribute__((cleanup(f)))
#define _cleanup_free_ _cleanup_(cleanup_free)
#define _cleanup_close_ _cleanup_(cleanup_close)
#define _cleanup_fclose_ _cleanup_(cleanup_fclose)

/* The descriptor without its owner: the variable becomes -1. */
#define TAKE_FD(fd)                                                                                                                        \
	({                                                                                                                                 \
		int taken_ = (fd);                                                                                                         \
		(fd) = -1;                                                                                                                 \
		taken_;                                                                                                                    \
	})

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define CONTAINER_OF(p, type, member) ((type *)(void *)((char *)(p)-offsetof(type, member)))

#endif
