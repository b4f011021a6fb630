// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Where the data of a process goes: its standard descriptors, who reads the pipe it writes into, the files it holds open for writing. Fed
 * by REC_STDIO, REC_READER and REC_OUTPUT; bounded, the longest unused is forgotten and counted. Entries of ended processes stay as long as
 * those of struct identity.
 */
#ifndef QPROV_FLOW_H
#define QPROV_FLOW_H

#include "base/slice.h"
#include "record.h"

#define FLOW_PROCESSES_MAX 8192
#define FLOW_OUTPUTS_MAX 16 /* files of one process */
#define FLOW_PIPELINE_MAX 8

struct flows;

enum flow_kind { FLOW_CLOSED, FLOW_FILE, FLOW_TERMINAL, FLOW_NULL, FLOW_DEVICE, FLOW_PIPE, FLOW_FIFO, FLOW_SOCKET, FLOW_OTHER };

struct flow {
	uint32_t pid;
	uint64_t start_ns;
	struct rec_fd fd[3];
	enum flow_kind kind[3];
	struct slice path[2]; /* of stdin and stdout; SLICE_NONE: none */
	uint16_t flags;       /* REC_STDIO_* */
	uint16_t peer_family, peer_port;
	uint8_t peer[16];
	uint32_t peer_pid;
	uint64_t events; /* counted by the caller: queries told of this process */
	struct slice outputs[FLOW_OUTPUTS_MAX];
	uint32_t read_too; /* bit i: outputs[i] was opened for reading as well */
	unsigned noutputs;
	bool more_outputs;
};

int flows_new(struct flows **ret);
void flows_free(struct flows *f);

/* 0 or -ENOMEM. */
int flow_stdio(struct flows *f, const struct rec_stdio *r, struct slice in, struct slice out);
int flow_reader(struct flows *f, const struct rec_reader *r);
/* 1: the file is new of this process; 0: known, or the process is not; -ENOMEM. */
int flow_output(struct flows *f, const struct rec_output *r, struct slice path);
void flow_exit(struct flows *f, uint32_t pid, uint64_t start_ns, uint64_t now_ns);
void flow_tick(struct flows *f, uint64_t now_ns);

/* NULL: nothing was told of this process. */
struct flow *flow_find(const struct flows *f, uint32_t pid, uint64_t start_ns);
/* Who reads the pipe; false: unknown. */
bool flow_reads(const struct flows *f, uint64_t pipe, uint32_t *ret_pid, uint64_t *ret_start_ns);
const char *flow_kind_name(enum flow_kind k);
uint64_t flow_evictions(const struct flows *f);

#endif
