// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* The programs of floor.h in an object of their own: user space loads those that this kernel takes, one by one. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

#ifndef barrier_var
#define barrier_var(v) asm volatile("" : "+r"(v))
#endif

#include "floor.h"
#include "open.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";
