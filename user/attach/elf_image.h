// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* A file's segments in memory, with the pointers in place that the loader would put there; for the few files that are searched through. */
#ifndef QPROV_ELF_IMAGE_H
#define QPROV_ELF_IMAGE_H

#include "attach/elf.h"

struct elf_image {
	const struct elf *e; /* borrowed */
	uint8_t *bytes[ELF_SEGMENTS_MAX];
};

/* 0; -E2BIG: the segments are larger than max bytes; -ENOMEM, -EBADMSG, or the error of pread(2). elf_image_done() is due in any case. */
int elf_image_load(struct elf_image *m, const struct elf *e, uint64_t max);
void elf_image_done(struct elf_image *m);
/* Needs elf_load_relocs(). */
void elf_image_relocate(struct elf_image *m);

/* What lies at an address, and how many bytes of its segment follow; exec: code only. NULL: nothing of the file. */
const uint8_t *elf_image_at(const struct elf_image *m, uint64_t vaddr, bool exec, uint64_t *ret_left);
/* The unwinder's table (.eh_frame), its address, and the bytes from there to its segment's end. NULL: there is none. */
const uint8_t *elf_image_frames(const struct elf_image *m, uint64_t *ret_vaddr, uint64_t *ret_len);

#endif
