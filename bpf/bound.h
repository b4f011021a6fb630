// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * What is bound to a statement before it runs, by a call each: where it lies is remembered, and read when the statement runs. CT-Library's
 * ct_setparam(), OCI's OCIBind*(); ODBC and MySQL (params.h) keep theirs in the same map. Each file remembers for itself: where two
 * overlays show one, each call is heard twice.
 */
#ifndef QPROV_BPF_BOUND_H
#define QPROV_BPF_BOUND_H

#include "call.h"

struct bound {
	__u64 length, is_null, buffer, buffer_length;
	__u32 type;
	__u32 is_unsigned;
	__u32 name; /* OCI: a hash of it; 0: it has none */
	__u32 wide; /* OCI: its length has 32 bits */
};

struct bound_set {
	__u32 n;
	__u32 pointed; /* CT-Library: not all of them were told with their calls */
	__u64 born;    /* task_born(): addresses in another program's memory mean nothing */
	struct bound b[PARAM_SLOTS];
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, BOUND_KEYS_MAX);
	__type(key, struct count_key);
	__type(value, struct bound_set);
} bound_sets SEC(".maps");

/* One value to be set up: the map's value is too large for the stack. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct bound_set);
} bound_zero SEC(".maps");

/* What this program has bound. NULL: nothing. */
static __always_inline struct bound_set *bound_set_find(const struct count_key *key)
{
	struct bound_set *set = bpf_map_lookup_elem(&bound_sets, key);

	return set && set->born == task_born(bpf_get_current_task_btf()) ? set : NULL;
}

/* An empty one in place of what is there. NULL: there is no room. */
static __always_inline struct bound_set *bound_set_new(const struct count_key *key)
{
	struct bound_set *set;
	__u32 zero = 0;

	set = bpf_map_lookup_elem(&bound_zero, &zero);
	if (!set || bpf_map_update_elem(&bound_sets, key, set, BPF_ANY))
		return NULL;
	set = bpf_map_lookup_elem(&bound_sets, key);
	if (set)
		set->born = task_born(bpf_get_current_task_btf());
	return set;
}

/* Found or made. */
static __always_inline struct bound_set *bound_set_of(const struct count_key *key)
{
	struct bound_set *set = bound_set_find(key);

	return set ? set : bound_set_new(key);
}

static __always_inline void param_bytes(struct rec_param *p, __u64 addr, __u64 len)
{
	__u32 n = at_most(len, PARAM_BYTES);

	p->len = len > 0xffffffff ? 0xffffffff : len;
	if (!n)
		return;
	if (record_read(p->data, n, addr))
		p->status = PARAM_FAILED;
	else
		p->cap = n;
}

static __always_inline void param_string(struct rec_param *p, __u64 addr)
{
	long n = bpf_probe_read_user_str(p->data, PARAM_BYTES, (const void *)addr);

	if (n < 0)
		page_missed(addr, PARAM_BYTES);
	if (n <= 0) {
		p->status = PARAM_FAILED;
		return;
	}
	p->len = p->cap = n - 1;
	if (n == PARAM_BYTES)
		p->status = PARAM_CUT; /* or just as long as this */
}

/* ---- CT-Library ---- */

#define CT_GIVEN 0xffff   /* bound.type: the value was told with its call */
#define CT_UNKNOWN 0xfffe /* no type could be read */
#define CT_NULLTERM (-9)
#define CT_NULLDATA (-1)
#define CT_INPUTVALUE 0x100
#define CT_RETURN 0x400
/* CS_MAX_NAME and what aligns it: of a program for names as they always were, of one for large identifiers. */
#define CT_NAME 132
#define CT_NAME_LARGE 256

/* CS_DATAFMT of cstypes.h, a public header, behind the name. */
struct ct_format {
	__s32 namelen, datatype, format, maxlength, scale, precision, status;
};

/* The program's version decides how long the name is; the status, which must be one of two, shows where it ends. */
static __always_inline __u32 ct_type(__u64 at, const bool sleepable)
{
	struct ct_format f;

	if (!at)
		return CT_UNKNOWN;
	if (!user_read(&f, sizeof(f), at + CT_NAME, sleepable) && (f.status == CT_INPUTVALUE || f.status == CT_RETURN))
		return (__u16)f.datatype;
	if (!user_read(&f, sizeof(f), at + CT_NAME_LARGE, sleepable) && (f.status == CT_INPUTVALUE || f.status == CT_RETURN))
		return (__u16)f.datatype;
	return CT_UNKNOWN;
}

/* Source: cspublic.h, cstypes.h of FreeTDS 1.3. The bytes of a value of this type; 0: as many as its length says. */
static __always_inline __u32 ct_size(__u32 type)
{
	switch (type) {
	case 6: /* TINYINT, BIT */
	case 11:
		return 1;
	case 7: /* SMALLINT, USHORT, USMALLINT */
	case 24:
	case 31:
		return 2;
	case 8: /* INT, REAL, DATETIME4, MONEY4, DATE, TIME, UINT */
	case 9:
	case 13:
	case 15:
	case 27:
	case 28:
	case 32:
		return 4;
	case 10: /* FLOAT, DATETIME, MONEY, LONG, BIGINT, UBIGINT */
	case 12:
	case 14:
	case 20:
	case 30:
	case 33:
		return 8;
	case 40: /* UNIQUE */
		return 16;
	default:
		return 0;
	}
}

static __always_inline void param_ct(struct rec_param *p, const struct bound *b)
{
	__u32 type = b->type, size = ct_size(type);
	__s16 null = 0;
	__s32 given = 0;

	p->type = type;
	if (type == CT_GIVEN)
		return;
	p->form = PARAM_CT;
	if ((b->is_null && record_read(&null, sizeof(null), b->is_null)) || (b->length && record_read(&given, sizeof(given), b->length)))
		p->status = PARAM_FAILED;
	else if (null == CT_NULLDATA || !b->buffer)
		p->form = PARAM_NULL;
	else if (size)
		param_bytes(p, b->buffer, size);
	else if (given == CT_NULLTERM)
		param_string(p, b->buffer);
	else
		param_bytes(p, b->buffer, given > 0 ? given : 0);
}

/*
 * ct_param(command, format, value, length, indicator) copies the value, which its record tells; ct_setparam(command, format, value,
 * length *, indicator *) does not. From here on args[1] is the number of the parameter, and of ct_param() args[3] the bytes it has, args[5]
 * its type.
 */
static __always_inline int bind_ct(struct call *c, const struct probe_spec *spec, const bool sleepable)
{
	struct count_key key = key_of(c, spec->file, c->args[0]);
	__u32 type = ct_type(c->args[1], sleepable), size = ct_size(type), i;
	bool given = spec->text != PROBE_TEXT_NONE;
	struct bound_set *set = bound_set_of(&key);

	c->args[1] = 0;
	if (!set)
		return 0;
	i = set->n++;
	c->args[1] = set->n;
	if (given && (__s16)c->args[4] == CT_NULLDATA)
		c->args[2] = 0;
	if (given && size)
		c->args[3] = size;
	if (given)
		c->args[5] = type;
	else
		set->pointed = 1;
	if (i >= PARAM_SLOTS)
		return 0;
	set->b[i & (PARAM_SLOTS - 1)] =
		(struct bound){ .length = c->args[3], .is_null = c->args[4], .buffer = c->args[2], .type = given ? CT_GIVEN : type };
	return 0;
}

/* ---- OCI ---- */

#define OCI_STRING 5 /* SQLT_STR, SQLT_AVC: to the NUL */
#define OCI_CHARZ 97
#define OCI_DATA_AT_EXEC 2
#define OCI_NAME 32 /* as much of a name as tells it from others */

static __always_inline void param_oci(struct rec_param *p, const struct bound *b)
{
	__u64 len = b->buffer_length;
	__s16 null = 0;
	__u32 given = 0;

	p->form = PARAM_OCI;
	p->type = b->type;
	if (b->is_null && record_read(&null, sizeof(null), b->is_null))
		p->status = PARAM_FAILED;
	else if (b->length && record_read(&given, b->wide ? 4 : 2, b->length))
		p->status = PARAM_FAILED;
	else if (null == -1)
		p->form = PARAM_NULL;
	else if (!b->buffer)
		p->status = PARAM_LATER;
	else if (b->type == OCI_STRING || b->type == OCI_CHARZ)
		param_string(p, b->buffer);
	else
		param_bytes(p, b->buffer, b->length ? given : len);
}

/* Never 0. */
static __always_inline __u32 oci_name(__u64 addr, __s32 len, const bool sleepable)
{
	char name[OCI_NAME] = {};
	__u32 hash = 2166136261;
	__u32 n = at_most(len > 0 ? len : 0, OCI_NAME);

	if (len < 0)
		bpf_probe_read_user_str(name, sizeof(name), (const void *)addr);
	else if (n)
		user_read(name, n, addr, sleepable);
	for (__u32 i = 0; i < OCI_NAME; i++)
		hash = (hash ^ (__u8)name[i]) * 16777619;
	return hash ? hash : 1;
}

/* The place of this name, as a number from 1 on: the same one when it is bound anew. */
static __always_inline __u32 oci_number(const struct bound_set *set, __u32 name)
{
	__u32 n = set->n;

	for (__u32 i = 0; i < PARAM_SLOTS; i++) {
		if (i >= n)
			break;
		if (set->b[i].name == name)
			return i + 1;
	}
	return n + 1;
}

/*
 * OCIBindByPos(stmt, bind **, err, number, value, size, type, indicator, length, ..., mode) and OCIBindByName(stmt, bind **, err, name,
 * length, value, size, type, ...): what follows on the sixth is on the stack. From here on args[1] is the number of the parameter.
 */
static __always_inline int bind_oci(struct call *c, const struct probe_spec *spec, const bool sleepable)
{
	__u64 at = c->sp + spec->sp_delta + (ARCH_RET_ON_STACK ? 8 : 0), stack[8] = {};
	struct count_key key = key_of(c, spec->file, c->args[0]);
	bool named = spec->only & PROBE_OCI_NAMED;
	struct bound_set *set = bound_set_of(&key);
	struct bound b = {};
	__u32 i;

	c->args[1] = 0;
	if (!set || user_read(stack, sizeof(stack), at, sleepable))
		return 0;
	b.wide = spec->only & PROBE_OCI_WIDE;
	b.buffer = named ? c->args[5] : c->args[4];
	b.buffer_length = (__u32)(named ? stack[0] : c->args[5]);
	b.type = (__u16)(named ? stack[1] : stack[0]);
	b.is_null = named ? stack[2] : stack[1];
	b.length = named ? stack[3] : stack[2];
	if ((__u32)(named ? stack[7] : stack[6]) == OCI_DATA_AT_EXEC)
		b.buffer = 0;
	if (named)
		b.name = oci_name(c->args[3], c->args[4], sleepable);
	i = named ? oci_number(set, b.name) : (__u32)c->args[3];
	c->args[1] = i;
	if (!i || i > PARAM_SLOTS)
		return 0;
	if (set->n < i)
		set->n = i;
	set->b[(i - 1) & (PARAM_SLOTS - 1)] = b;
	return 0;
}

GLOBAL int bind_ct_sleeping(struct call *c, const struct probe_spec *spec)
{
	return !c || !spec ? 0 : bind_ct(c, spec, true);
}

GLOBAL int bind_ct_atomic(struct call *c, const struct probe_spec *spec)
{
	return !c || !spec ? 0 : bind_ct(c, spec, false);
}

GLOBAL int bind_oci_sleeping(struct call *c, const struct probe_spec *spec)
{
	return !c || !spec ? 0 : bind_oci(c, spec, true);
}

GLOBAL int bind_oci_atomic(struct call *c, const struct probe_spec *spec)
{
	return !c || !spec ? 0 : bind_oci(c, spec, false);
}

#endif
