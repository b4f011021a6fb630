// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* The one place that knows the processor: argument registers, instruction and stack pointer, return address. */
#ifndef QPROV_BPF_ARCH_H
#define QPROV_BPF_ARCH_H

#include "vmlinux.h"

#if defined(__TARGET_ARCH_x86)
#define ARCH_ARG0(c) ((c)->di)
#define ARCH_ARG1(c) ((c)->si)
#define ARCH_ARG2(c) ((c)->dx)
#define ARCH_ARG3(c) ((c)->cx)
#define ARCH_ARG4(c) ((c)->r8)
#define ARCH_ARG5(c) ((c)->r9)
#define ARCH_IP(c) ((c)->ip)
#define ARCH_SP(c) ((c)->sp)
#define ARCH_RET_ON_STACK 1
#define ARCH_RET(c) 0
#elif defined(__TARGET_ARCH_arm64)
#define ARCH_ARG0(c) ((c)->regs[0])
#define ARCH_ARG1(c) ((c)->regs[1])
#define ARCH_ARG2(c) ((c)->regs[2])
#define ARCH_ARG3(c) ((c)->regs[3])
#define ARCH_ARG4(c) ((c)->regs[4])
#define ARCH_ARG5(c) ((c)->regs[5])
#define ARCH_IP(c) ((c)->pc)
#define ARCH_SP(c) ((c)->sp)
#define ARCH_RET_ON_STACK 0
#define ARCH_RET(c) ((c)->regs[30])
#else
#error "unknown processor: name its registers here"
#endif

#endif
