// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Puts the probes of one file in and takes them out again, and tells of it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attach/block.h"
#include "attach/engine_priv.h"
#include "base/cleanup.h"
#include "base/clock.h"

static int emit(struct attach *a)
{
	if (a->record.err)
		return a->record.err;
	return a->emit ? a->emit(a->emit_ctx, buf_slice(&a->record)) : 0;
}

void engine_emit_coverage(struct attach *a, const char *reason, int err, struct slice path, struct slice symbols)
{
	char text[160];

	snprintf(text, sizeof(text), err ? "%s: %s" : "%s", reason, err ? strerror(-err) : "");
	record_coverage(&a->record, slice_cstr(text), path, symbols);
	emit(a);
}

static void tell_gone(struct attach *a, struct file *f)
{
	for (uint32_t i = 0; i < f->families; i++) {
		record_library_gone(&a->record, f->libraries[i]);
		emit(a);
		a->library_used[f->libraries[i]] = false;
	}
}

/* Before the link goes: calls say nothing any more. */
static void silence(struct attach *a, const struct file *f)
{
	for (size_t i = 0; !a->options.dry_run && i < f->nsites; i++)
		capture_spec_del(a->c, f->sites[i]);
}

/* All but the link. */
static void release(struct attach *a, struct file *f)
{
	counted_release(a, f);
	tell_gone(a, f);
	for (size_t i = 0; !a->options.dry_run && i < FAMILIES_MAX; i++)
		capture_conn_del(a->c, f->conns[i]);
	memset(f->conns, 0, sizeof(f->conns));
	a->sites -= (uint32_t)f->nsites;
	a->libraries -= f->families;
	a->hooked -= f->families > 0;
	free(f->sites);
	free(f->path);
	f->link = NULL;
	f->sites = NULL;
	f->path = NULL;
	f->nsites = 0;
	f->families = f->systems = 0;
	f->fingerprint = 0;
	f->hooked_ns = 0;
	f->late = false;
	f->absent = 0;
}

void engine_unhook(struct attach *a, struct file *f)
{
	silence(a, f);
	if (f->link)
		capture_detach(a->c, f->link);
	release(a, f);
}

void engine_unhook_all(struct attach *a, struct file **files, size_t n)
{
	struct capture_link **links = calloc(n ? n : 1, sizeof(struct capture_link *));

	for (size_t i = 0; i < n; i++) {
		if (!links) { /* slower, one after the other */
			engine_unhook(a, files[i]);
			continue;
		}
		silence(a, files[i]);
		links[i] = files[i]->link;
		files[i]->link = NULL;
	}
	if (!links)
		return;
	capture_detach_all(a->c, links, n);
	for (size_t i = 0; i < n; i++)
		release(a, files[i]);
	free(links);
}

static int take_site(struct attach *a, const struct probe_spec *spec)
{
	if (!a->options.dry_run)
		return capture_spec_add(a->c, spec);
	return a->next_site < PROBE_SITES_MAX ? (int)a->next_site++ : -ENOSPC;
}

/* What its probes read of a connection. Without room for it the queries are told without their connection. */
static void take_conn(struct attach *a, struct plan *p, uint16_t *ret)
{
	int conn = p->has_conn && !a->options.dry_run ? capture_conn_add(a->c, &p->conn) : 0;

	if (conn <= 0)
		return;
	*ret = (uint16_t)conn;
	for (size_t i = 0; i < p->nsites; i++)
		if (p->sites[i].conn)
			p->sites[i].spec.conn = *ret;
}

/* Slots for all sites of the job. On failure none is kept. */
static int take_sites(struct attach *a, struct job *j, struct file *f, uint64_t *offsets)
{
	if (!f->number) /* kept when it is hooked anew: counts go on */
		f->number = (uint8_t)(1 + a->next_file++ % UINT8_MAX);
	for (size_t k = 0; k < j->nplans; k++) {
		take_conn(a, &j->plans[k], &f->conns[k]);
		for (size_t i = 0; i < j->plans[k].nsites; i++) {
			struct probe_spec *spec = &j->plans[k].sites[i].spec;
			int site;

			spec->file = f->number;
			block_plan(spec, j->plans[k].has_conn ? &j->plans[k].conn.mem : NULL);
			site = take_site(a, spec);
			if (site < 0)
				return site;
			offsets[f->nsites] = j->plans[k].sites[i].offset;
			f->sites[f->nsites++] = (uint32_t)site;
			a->sites++;
		}
	}
	return 0;
}

static int take_library(struct attach *a, uint32_t *ret)
{
	for (uint32_t i = 0; i < LIBRARY_IDS; i++) {
		if (a->library_used[i])
			continue;
		a->library_used[i] = true;
		*ret = i;
		return 0;
	}
	return -ENOSPC;
}

static int tell_plan(struct attach *a, const struct job *j, const struct file *f, const struct plan *p, uint32_t library,
		     const uint32_t *sites)
{
	char build[2 * ELF_BUILD_ID_MAX + 1] = "";
	int err;

	for (size_t i = 0; i < j->elf.build_id_len; i++)
		snprintf(build + 2 * i, 3, "%02x", j->elf.build_id[i]);
	record_library(&a->record, library, &f->id, p, j->path, slice_cstr(build));
	err = emit(a);
	for (size_t i = 0; i < p->nsites && !err; i++) {
		record_site(&a->record, library, sites[i], p, &p->sites[i]);
		err = emit(a);
	}
	for (size_t i = 0; i < p->nranges && !err; i++) {
		record_range(&a->record, library, &p->ranges[i]);
		err = emit(a);
	}
	if (!err && p->missing[0])
		engine_emit_coverage(a, "symbols missing", 0, j->path, slice_cstr(p->missing));
	return err;
}

/* Hooks all sites but those that are probed on demand. */
static int hook_sites(struct attach *a, const struct job *j, struct file *f, const uint64_t *offsets)
{
	_cleanup_free_ uint64_t *now = calloc(f->nsites + 1, sizeof(*now));
	_cleanup_free_ uint32_t *sites = calloc(f->nsites + 1, sizeof(*sites));
	struct counted later = { .fd = -1 };
	size_t n = 0, at = 0;
	int err;

	if (!now || !sites)
		return -ENOMEM;
	for (size_t k = 0; k < j->nplans; k++) {
		for (size_t i = 0; i < j->plans[k].nsites; i++, at++) {
			if (!(j->plans[k].sites[i].row->flags & ROW_COUNTED)) {
				now[n] = offsets[at];
				sites[n++] = f->sites[at];
			} else if (later.n < COUNTED_MAX) {
				later.offsets[later.n] = offsets[at];
				later.sites[later.n++] = f->sites[at];
			}
		}
	}
	err = later.n ? counted_keep(f, j->fd, &later) : 0;
	if (err)
		engine_emit_coverage(a, "rows cannot be counted", err, j->path, SLICE_NONE);
	if (!n)
		return 0;
	if (a->in_use)
		hurry_begin(a->hurry);
	err = capture_attach(a->c, j->fd, now, sites, n, &f->link);
	if (a->in_use)
		hurry_end(a->hurry);
	return err;
}

/* The records go out before the first probe can fire: a call must find its site described. */
static int carry_out(struct attach *a, struct job *j, struct file *f, uint64_t *offsets)
{
	size_t done = 0;
	int err = take_sites(a, j, f, offsets);

	for (size_t k = 0; k < j->nplans && !err; k++) {
		if (a->observe)
			a->observe(a->observe_ctx, j->path, &j->plans[k]);
		err = tell_plan(a, j, f, &j->plans[k], f->libraries[k], f->sites + done);
		done += j->plans[k].nsites;
	}
	if (!err && !a->options.dry_run && f->nsites)
		err = hook_sites(a, j, f, offsets);
	f->hooked_ns = boottime_ns();
	return err;
}

int engine_hook(struct attach *a, struct job *j, struct file *f, uint64_t fingerprint)
{
	_cleanup_free_ uint64_t *offsets = NULL;
	size_t n = 0;
	int err;

	for (size_t k = 0; k < j->nplans; k++)
		n += j->plans[k].nsites;
	if (a->hooked >= ATTACH_HOOKED_MAX)
		return -ENOSPC;
	f->path = strndup(j->path.ptr, j->path.len);
	offsets = calloc(n + 1, sizeof(*offsets));
	f->sites = calloc(n + 1, sizeof(*f->sites));
	if (!offsets || !f->sites || !f->path)
		return -ENOMEM;
	for (size_t k = 0; k < j->nplans; k++, f->families++)
		if (take_library(a, &f->libraries[k]))
			break;
	for (size_t k = 0; k < j->nplans; k++)
		f->systems |= 1u << j->plans[k].family->system;
	f->fingerprint = fingerprint;
	a->libraries += f->families;
	a->hooked++;
	err = f->families == j->nplans ? carry_out(a, j, f, offsets) : -ENOSPC;
	if (err)
		engine_unhook(a, f);
	return err;
}
