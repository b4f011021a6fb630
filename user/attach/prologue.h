// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Where in a function to put its probe. The kernel emulates push, nop and relative branches under a uprobe; everything else it
 * single-steps, which costs twenty times as much. When the first instruction is of the dear kind, the first cheap one is taken
 * before which no argument the probe reads is overwritten and to which no branch of the function leads; otherwise the entry.
 */
#ifndef QPROV_PROLOGUE_H
#define QPROV_PROLOGUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PROLOGUE_BYTES 64 /* how far into the function a probe may go */
#define PROLOGUE_INSNS 16
#define PROLOGUE_BODY 4096 /* how much of the function is searched for branches back */

struct prologue {
	uint32_t offset;  /* of the probe from the entry */
	int32_t sp_delta; /* bytes pushed on the way there */
	bool cheap;       /* the kernel emulates the probed instruction */
	char insn[8];     /* what stands there: "push", "nop", "jmp", "other", ... */
};

/*
 * code: the n first bytes of the function (not beyond its end). args: bit i set when the probe reads integer argument i.
 * Always gives an answer: in doubt the entry.
 */
void prologue_choose(const uint8_t *code, size_t n, unsigned args, struct prologue *ret);

#endif
