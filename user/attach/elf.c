// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "attach/elf.h"
#include "attach/elf_priv.h"

#if defined(__x86_64__)
#define OUR_MACHINE EM_X86_64
#elif defined(__aarch64__)
#define OUR_MACHINE EM_AARCH64
#endif

/* Exactly n bytes at off, or an error: a file that ends early contradicts its headers. */
int elf_pread(const struct elf *e, uint64_t off, void *buf, size_t n)
{
	size_t done = 0;

	if (off > e->size || n > e->size - off)
		return -EBADMSG;
	while (done < n) {
		ssize_t r = pread(e->fd, (char *)buf + done, n - done, (off_t)(off + done));

		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return -errno;
		if (r == 0)
			return -EBADMSG;
		done += (size_t)r;
	}
	return 0;
}

int elf_read_table(const struct elf *e, uint64_t off, uint64_t n, void **ret)
{
	char *p;
	int err;

	if (n > ELF_TABLE_MAX)
		return -E2BIG;
	if (off > e->size || n > e->size - off)
		return -EBADMSG;
	p = malloc((size_t)n + 1);
	if (!p)
		return -ENOMEM;
	err = elf_pread(e, off, p, (size_t)n);
	if (err) {
		free(p);
		return err;
	}
	p[n] = 0;
	*ret = p;
	return 0;
}

static int read_header(struct elf *e, Elf64_Ehdr *h)
{
	int err;

	if (e->size < sizeof(*h))
		return -ENOEXEC;
	err = elf_pread(e, 0, h, sizeof(*h));
	if (err)
		return err;
	if (memcmp(h->e_ident, ELFMAG, SELFMAG) || h->e_ident[EI_CLASS] != ELFCLASS64 || h->e_ident[EI_DATA] != ELFDATA2LSB)
		return -ENOEXEC;
	if (h->e_machine != OUR_MACHINE || (h->e_type != ET_EXEC && h->e_type != ET_DYN))
		return -ENOEXEC;
	return 0;
}

static int add_segment(struct elf *e, const Elf64_Phdr *p)
{
	struct elf_segment *s = &e->segments[e->nsegments];

	uint64_t size = p->p_filesz;

	/* A segment that wraps around makes every sum below wrong; the kernel maps one that is longer than the file, so it only gets cut.
	 */
	if (p->p_vaddr + p->p_filesz < p->p_vaddr)
		return -EBADMSG;
	if (p->p_offset > e->size)
		size = 0;
	else if (size > e->size - p->p_offset)
		size = e->size - p->p_offset;
	*s = (struct elf_segment){ .vaddr = p->p_vaddr, .offset = p->p_offset, .size = size, .exec = p->p_flags & PF_X };
	e->nsegments++;
	return 0;
}

static void read_build_id(struct elf *e, const Elf64_Phdr *p)
{
	uint8_t notes[1024];
	size_t n = p->p_filesz < sizeof(notes) ? (size_t)p->p_filesz : sizeof(notes), at = 0;

	if (e->build_id_len || elf_pread(e, p->p_offset, notes, n))
		return;
	while (n - at >= sizeof(Elf64_Nhdr)) {
		Elf64_Nhdr h;
		size_t name, desc;

		memcpy(&h, notes + at, sizeof(h));
		at += sizeof(h);
		name = ((size_t)h.n_namesz + 3) & ~(size_t)3;
		desc = ((size_t)h.n_descsz + 3) & ~(size_t)3;
		if (name > n - at || desc > n - at - name)
			return;
		if (h.n_type == NT_GNU_BUILD_ID && h.n_namesz == 4 && !memcmp(notes + at, "GNU", 4) && h.n_descsz <= ELF_BUILD_ID_MAX) {
			e->build_id_len = h.n_descsz;
			memcpy(e->build_id, notes + at + name, h.n_descsz);
			return;
		}
		at += name + desc;
	}
}

static int read_segments(struct elf *e, const Elf64_Ehdr *h)
{
	Elf64_Phdr p;
	int err;

	if (h->e_phentsize != sizeof(p) || h->e_phnum == 0)
		return -EBADMSG;
	if (h->e_phnum > ELF_SEGMENTS_MAX)
		return -E2BIG;
	e->program = h->e_type == ET_EXEC;
	for (unsigned i = 0; i < h->e_phnum; i++) {
		if (h->e_phoff > e->size)
			return -EBADMSG;
		err = elf_pread(e, h->e_phoff + i * sizeof(p), &p, sizeof(p));
		if (err)
			return err;
		if (p.p_type == PT_LOAD) {
			err = add_segment(e, &p);
			if (err)
				return err;
		} else if (p.p_type == PT_INTERP) {
			e->program = true;
		} else if (p.p_type == PT_DYNAMIC) {
			e->dyn_addr = p.p_offset;
			e->dyn_size = p.p_filesz;
		} else if (p.p_type == PT_GNU_EH_FRAME) {
			e->unwind_addr = p.p_vaddr;
		} else if (p.p_type == PT_NOTE) {
			read_build_id(e, &p);
		}
	}
	return 0;
}

int elf_open(struct elf *e, int fd)
{
	Elf64_Ehdr h;
	struct stat st;
	int err;

	memset(e, 0, sizeof(*e));
	e->fd = fd;
	if (fstat(fd, &st))
		return -errno;
	if (!S_ISREG(st.st_mode) || st.st_size < 0)
		return -ENOEXEC;
	e->size = (uint64_t)st.st_size;
	err = read_header(e, &h);
	if (!err)
		err = read_segments(e, &h);
	if (!err)
		err = elf_read_dynamic(e);
	if (!err)
		err = elf_read_sections(e, &h);
	if (!err && e->dyn_symbols && !e->dynamic.count)
		err = -EBADMSG;
	if (err)
		elf_done(e);
	return err;
}

static void table_done(struct elf_table *t)
{
	free(t->syms);
	free(t->strs);
	memset(t, 0, sizeof(*t));
}

void elf_done(struct elf *e)
{
	table_done(&e->dynamic);
	table_done(&e->full);
	table_done(&e->found);
	free(e->plt.ptr);
	free(e->rela.ptr);
	memset(&e->plt, 0, sizeof(e->plt));
	memset(&e->rela, 0, sizeof(e->rela));
}

static const struct elf_segment *segment_of(const struct elf *e, uint64_t vaddr, bool exec)
{
	for (unsigned i = 0; i < e->nsegments; i++) {
		const struct elf_segment *s = &e->segments[i];

		if ((s->exec || !exec) && vaddr >= s->vaddr && vaddr - s->vaddr < s->size)
			return s;
	}
	return NULL;
}

int elf_locate(const struct elf *e, uint64_t vaddr, uint64_t *ret_off, uint64_t *ret_left)
{
	const struct elf_segment *s = segment_of(e, vaddr, false);

	if (!s)
		return -EBADMSG;
	*ret_off = s->offset + (vaddr - s->vaddr);
	*ret_left = s->size - (vaddr - s->vaddr);
	return 0;
}

int elf_offset(const struct elf *e, uint64_t vaddr, uint64_t *ret)
{
	const struct elf_segment *s = segment_of(e, vaddr, true);

	if (!s)
		return -ENOENT;
	*ret = s->offset + (vaddr - s->vaddr);
	return 0;
}

ssize_t elf_read(const struct elf *e, uint64_t vaddr, void *buf, size_t n)
{
	const struct elf_segment *s = segment_of(e, vaddr, true);
	uint64_t left;
	int err;

	if (!s || !n)
		return -ENOENT;
	left = s->size - (vaddr - s->vaddr);
	if (n > left)
		n = (size_t)left;
	err = elf_pread(e, s->offset + (vaddr - s->vaddr), buf, n);
	return err ? err : (ssize_t)n;
}
