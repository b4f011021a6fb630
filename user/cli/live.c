// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "cli/live.h"

#include <errno.h>
#include <inttypes.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "attach/records.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fetch.h"
#include "base/log.h"
#include "capture/hurry.h"
#include "cli/live_priv.h"
#include "cli/records.h"
#include "decode/decode.h"
#include "identity/identity_seed.h"

/*
 * NICE: as auditd's priority_boost, so that a busy machine does not starve the reader until the ring is full. START_WAIT_MS: nothing is
 * missed before the start, so storage that is slow gets its time.
 */
enum {
	TICK_BUSY_MS = 100,
	TICK_IDLE_MS = 1000,
	TRAIL_MS = 200,
	WALK_BATCH = 4,
	MMAP_THRESHOLD = 128 << 10,
	NICE = -8,
	EVENTS = 8,
	START_WAIT_MS = 500
};

/* ---- start ---- */

static int open_signals(struct live *l)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	l->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return l->signal_fd < 0 ? -errno : 0;
}

static int poll_fd(struct live *l, int fd)
{
	struct epoll_event e = { .events = EPOLLIN, .data.fd = fd };

	return epoll_ctl(l->epoll_fd, EPOLL_CTL_ADD, fd, &e) ? -errno : 0;
}

static int open_poll(struct live *l)
{
	int r, fds[WHO_POLL_FDS];

	l->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (l->epoll_fd < 0)
		return -errno;
	r = poll_fd(l, l->signal_fd);
	if (!r)
		r = poll_fd(l, capture_poll_fd(l->capture));
	if (!r)
		r = poll_fd(l, watch_poll_fd(l->watch));
	if (!r)
		r = poll_fd(l, fetch_poll_fd());
	who_poll_fds(l->who, fds);
	for (unsigned i = 0; !r && i < WHO_POLL_FDS; i++)
		r = poll_fd(l, fds[i]);
	return r;
}

static int failed(const char *what, int r)
{
	log_error("%s: %s", what, strerror(-r));
	return EXIT_DENIED;
}

/* Without the floor the libraries are still watched: what is missing is told, and the agent goes on. */
static int open_floor(struct live *l)
{
	int r = sentry_new(l->capture, l->attach, live_push, l, &l->sentry);

	return r ? r : sentry_config(l->sentry, *l->config);
}

static int open_sources(struct live *l)
{
	struct capture_options co = { .ring_bytes = (*l->config)->ring_bytes,
				      .text_max = (*l->config)->max_statement,
				      .skip_pid = (uint32_t)getpid() };
	struct attach_options ao = { .sqlite_rows = (*l->config)->sqlite_rows,
				     .mysql_rows = (*l->config)->mysql_rows,
				     .config = *l->config };
	struct capture_error err = { .text = "" };
	int r = capture_open(&co, &l->capture, &err);

	if (!r)
		r = capture_start_process_records(l->capture, &err);
	if (r) {
		log_error("%s", err.text);
		return EXIT_DENIED;
	}
	r = watch_new(&l->watch);
	if (r)
		return failed("cannot watch new mappings (perf events)", r);
	r = canary_new(live_push, l, &l->canary);
	if (!r)
		r = attach_new(l->capture, &ao, live_attached, l, &l->attach);
	if (!r)
		attach_hurry(l->attach, (*l->config)->expedite ? l->hurry : NULL);
	if (!r && (*l->config)->floor.enabled)
		r = open_floor(l);
	if (!r)
		r = trail_new(live_push, l, &l->trail);
	if (!r)
		r = open_signals(l);
	if (!r)
		r = open_poll(l);
	return r ? failed("cannot start", r) : EXIT_FINE;
}

/* What is installed in unusual places is looked for beside the work; until it is found, its first mapping tells of it. */
static void start_walk(struct live *l, const char *below)
{
	int r = walk_start(below, NULL, &l->walk);

	snprintf(l->below, sizeof(l->below), "%s", below);

	if (!r)
		r = poll_fd(l, walk_poll_fd(l->walk));
	if (r)
		log_warn("folders are not searched for client libraries: %s", strerror(-r));
}

static int take_state(struct live *l)
{
	uint32_t owner = 0;
	int r = state_lock((*l->config)->state, &l->state_fd, &owner);

	if (r == -EBUSY) {
		log_error("the state %s is kept by another qprov that runs (pid %" PRIu32 "): one of them only, or another file",
			  slice_quote((*l->config)->state), owner);
		return EXIT_USAGE;
	}
	return r ? failed("cannot take over what was kept", r) : EXIT_FINE;
}

static int start(struct live *l)
{
	int r = take_state(l);

	if (r)
		return r;
	if (l->o->record && ((r = scrubber_new(&l->scrubber)) || (r = recfile_create(l->o->record, &l->record)))) {
		log_error("cannot record to %s: %s", l->o->record, strerror(-r));
		return EXIT_USAGE;
	}
	/* Symbol tables are large and short-lived: they go back to the kernel, and the walker's thread gets no heap of its own. */
	mallopt(M_MMAP_THRESHOLD, MMAP_THRESHOLD);
	mallopt(M_ARENA_MAX, 1);
	r = hurry_priority(NICE);
	if (r)
		log_debug("no higher priority: %s", strerror(-r));
	r = hurry_new(&l->hurry);
	if (r)
		log_debug("grace periods are left as they are: %s", strerror(-r));
	r = fetch_start(false);
	if (r)
		return failed("cannot start the process that opens files", r);
	fetch_patience(START_WAIT_MS);
	r = who_new(live_found, l, &l->who);
	if (r)
		return failed("cannot start the process that looks up accounts", r);
	who_groups(l->who, (*l->config)->asks_groups);
	r = open_sources(l);
	if (r)
		return r;
	live_push_made(l, record_hello(&l->made));
	live_push_made(l, record_config(&l->made, *l->config, false, SLICE("loaded")));
	r = state_load(&l->repetition, KEPT_REPETITION, (*l->config)->state, live_push, l);
	if (!r)
		r = state_load(&l->derived, KEPT_DERIVED, (*l->config)->state, live_push, l);
	if (r)
		return failed("cannot take over what was kept", r);
	state_take_requests(&l->derived, live_push, l);
	r = identity_seed(live_seeded, l);
	if (r < 0)
		log_warn("running processes could not be read from /proc: %s", strerror(-r));
	r = attach_scan(l->attach);
	if (r < 0)
		return failed("cannot search for client libraries", r);
	if (l->sentry)
		sentry_announce(l->sentry);
	live_tick(l);
	log_debug("%s: %u libraries, %u functions", capture_mechanism(l->capture), attach_libraries(l->attach), attach_sites(l->attach));
	start_walk(l, "");
	fetch_patience(FETCH_WAIT_MS);
	malloc_trim(0); /* what loading BTF and reading ELF files took is not needed again */
	fputs("ready\n", stderr);
	return EXIT_FINE;
}

/* ---- the loop ---- */

static void reload(struct live *l)
{
	struct config_error err;
	struct config *fresh, *old = *l->config;
	int r = config_load(l->o->config, &fresh, &err);
	bool other_probes;

	if (!r && (r = pipeline_config(l->view->pipeline, fresh))) {
		snprintf(err.text, sizeof(err.text), "no memory");
		config_free(fresh);
	}
	if (r) {
		log_error("%s; the old configuration stays in force", err.text);
		live_push_made(l, record_config(&l->made, old, true, slice_cstr(err.text)));
		return;
	}
	other_probes = !config_same_probes(old, fresh);
	*l->config = fresh;
	config_free(old);
	who_groups(l->who, fresh->asks_groups);
	attach_hurry(l->attach, fresh->expedite ? l->hurry : NULL);
	state_take_requests(&l->derived, live_push, l);
	if (l->sentry && (r = sentry_config(l->sentry, fresh)))
		log_warn("new ports and sockets are not watched: %s", strerror(-r));
	if (other_probes)
		log_warn("the rows under probes: changed; they take effect when qprov starts again");
	log_info("configuration loaded again");
	live_push_made(l, record_config(&l->made, fresh, false,
					other_probes ? SLICE("loaded again; the rows under probes: take effect when qprov starts again")
						     : SLICE("loaded again")));
}

static void on_signal(struct live *l)
{
	struct signalfd_siginfo s;

	while (read(l->signal_fd, &s, sizeof(s)) == (ssize_t)sizeof(s)) {
		if (s.ssi_signo == SIGHUP)
			reload(l);
		else
			l->stop = s.ssi_signo == SIGTERM ? "SIGTERM" : "SIGINT";
	}
}

static void on_walked(void *ctx, const char *path)
{
	struct live *l = ctx;

	/* Each container has numbers of its own for the files of its image: they get no more than half of the room before they are used. */
	if (!l->below[0] || attach_sites(l->attach) < PROBE_SITES_MAX / 2)
		attach_path(l->attach, path);
	live_notice(l);
}

/* The folders of containers, one container after the other, while a process of it lives: programs are found there before their first run.
 */
static void next_walk(struct live *l)
{
	char below[32];
	unsigned pid;

	if (l->walk || !attach_new_root(l->attach, &pid))
		return;
	snprintf(below, sizeof(below), "/proc/%u/root", pid);
	start_walk(l, below);
}

/* A few at a time: each attach takes milliseconds, in which the rings fill. */
static void take_found(struct live *l)
{
	struct walk_stats s;

	if (!l->walk || walk_take(l->walk, WALK_BATCH, on_walked, l))
		return;
	walk_stats(l->walk, &s);
	if (!s.done)
		return;
	log_info("searched%s%s %llu folders and %llu files in %llu ms: %llu with client functions%s", l->below[0] ? " below " : "",
		 l->below, (unsigned long long)s.folders, (unsigned long long)s.entries, (unsigned long long)s.milliseconds,
		 (unsigned long long)s.found, s.cut ? "; there were too many, the rest is found when it is used" : "");
	walk_stop(l->walk);
	l->walk = NULL;
	malloc_trim(0);
}

static void count_rows(struct live *l, uint64_t now)
{
	uint32_t library[PIPELINE_WANTED_MAX];
	size_t n = pipeline_wanted(l->view->pipeline, library);

	for (size_t i = 0; i < n; i++) {
		int r = attach_count(l->attach, library[i], now);

		if (r && r != -ENOENT)
			log_warn("rows of a COPY are not counted: %s", strerror(-r));
	}
}

static void loop(struct live *l)
{
	while (!l->stop) {
		struct epoll_event e[EVENTS];
		uint64_t now = boottime_ns();
		int r;

		if (epoll_wait(l->epoll_fd, e, EVENTS, live_wait_ms(l, now)) < 0 && errno != EINTR) {
			l->stop = "poll failed";
			break;
		}
		on_signal(l);
		live_notice(l);
		who_drain(l->who, now);
		fetch_drain(now);
		r = capture_drain(l->capture, live_captured, l);
		if (r < 0)
			log_warn("reading the rings: %s", strerror(-r));
		count_rows(l, boottime_ns());
		if (r > 0)
			live_gather(l);
		now = boottime_ns();
		canary_tick(l->canary, now);
		live_notice(l);
		take_found(l);
		next_walk(l);
		sentry_flush(l->sentry, false);
		sentry_tick(l->sentry, now);
		live_notice(l);
		attach_sweep(l->attach, now);
		if (trail_busy(l->trail) && now >= l->next_trail_ns) {
			trail_tick(l->trail, now);
			l->next_trail_ns = now + TRAIL_MS * 1000000ull;
		}
		if (now >= l->next_tick_ns) {
			live_tick(l);
			l->next_tick_ns = now + (pipeline_inflight(l->view->pipeline) ? TICK_BUSY_MS : TICK_IDLE_MS) * 1000000ull;
		} else if (pipeline_inflight(l->view->pipeline) && l->next_tick_ns > now + TICK_BUSY_MS * 1000000ull) {
			l->next_tick_ns = now + TICK_BUSY_MS * 1000000ull;
		}
		if (l->end_ns && now >= l->end_ns)
			l->stop = "duration";
		if (l->view->done)
			l->stop = l->view->closed ? "stdout closed" : "count";
	}
}

/* No new calls, then what is in the rings, then what is in flight. */
static int finish(struct live *l)
{
	struct attach *attach = l->attach;
	int r = EXIT_FINE;

	if (l->stop)
		live_notice(l); /* what was mapped last is looked at, or told as gone */
	canary_end(l->canary);
	attach_detach(attach);
	l->attach = NULL; /* the counts stay as they were */
	if (l->stop) {
		capture_drain(l->capture, live_captured, l);
		sentry_flush(l->sentry, true);
		live_tick(l);
		live_push_made(l, record_stop(&l->made, slice_cstr(l->stop)));
		live_save(l, true);
		view_account(l->view);
	}
	canary_free(l->canary);
	walk_stop(l->walk);
	sentry_free(l->sentry);
	attach_free(attach); /* not before: the sentry asks it what is hooked, for the last records too */
	watch_free(l->watch);
	hurry_free(l->hurry);
	capture_close(l->capture);
	if (l->record && (r = recfile_close(l->record)))
		log_error("the recorded file is not complete: %s", strerror(-r));
	if (l->epoll_fd >= 0)
		close(l->epoll_fd);
	if (l->signal_fd >= 0)
		close(l->signal_fd);
	if (l->state_fd >= 0)
		close(l->state_fd);
	state_done(&l->repetition);
	state_done(&l->derived);
	trail_free(l->trail);
	scrubber_free(l->scrubber);
	who_free(l->who);
	fetch_stop();
	buf_done(&l->made);
	return r ? EXIT_FINDINGS : EXIT_FINE;
}

int live_run(const struct options *o, struct config **config, struct view *view)
{
	struct live l = { .o = o, .config = config, .view = view, .epoll_fd = -1, .signal_fd = -1, .state_fd = -1 };
	int r, end;

	buf_init(&l.made, DECODE_RECORD_MAX);
	r = start(&l);
	if (!r) {
		l.end_ns = o->duration_s ? boottime_ns() + o->duration_s * 1000000000ull : 0;
		loop(&l);
	}
	end = finish(&l);
	return r ? r : end;
}
