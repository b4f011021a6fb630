// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * What makes probes be in place soon after a file was mapped: the reader runs when something happens, and the kernel does not wait long.
 *
 * The first probe that is put into a file in use waits for an RCU grace period: register_for_each_vma() takes dup_mmap_sem for writing
 * (kernel/events/uprobes.c), which begins with synchronize_rcu() (kernel/rcu/sync.c). That takes some ticks of the clock. While
 * /sys/kernel/rcu_expedited is 1 the kernel asks the CPUs by interrupts instead.
 */
#ifndef QPROV_HURRY_H
#define QPROV_HURRY_H

struct hurry;

/*
 * Once, before rings and probes are open. A child of ours keeps watch: should we be killed between begin and end, it puts the file back to
 * 0. 0; -ENOTSUP: expedited already, or not wanted here (rcu_normal, which real-time kernels set; isolated CPUs or such without ticks,
 * which interrupts would disturb); or -errno.
 */
int hurry_new(struct hurry **ret);
/* NULL is fine, for all of them. */
void hurry_begin(struct hurry *h);
void hurry_end(struct hurry *h);
void hurry_free(struct hurry *h);

/*
 * The priority of the calling thread, not inherited by threads and children; where the kernel can (6.12), also a short slice: it runs at
 * once when something happens, instead of after the slice of whoever runs. 0 or -errno.
 */
int hurry_priority(int nice);

#endif
