// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Children of ours, forked without an exec, that answer questions over a socket. */
#ifndef QPROV_SERVE_H
#define QPROV_SERVE_H

#define SERVE_FD 3 /* where the socket is from then on */

/*
 * In the child: nothing of the parent stays open but the socket, because a child that hangs must not hold rings and probes; it ends with
 * its parent, and only by it. name: for ps(1), 15 bytes. Does not return without a socket.
 */
void serve_begin(int sock, const char *name, int nice);

#endif
