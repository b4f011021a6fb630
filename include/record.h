// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * The raw record: what the BPF programs write into the rings, what user space adds beside it, and what a recorded file
 * holds. Fixed-width little-endian types, explicit padding, sizes asserted by both sides. Every record starts with
 * struct rec_hdr; hdr.size is a multiple of 8 and counts everything. Strings follow the fixed part without NUL, in the order of
 * their *_len members. Whatever is not deterministic enters the pipeline as a record: that makes replay exact.
 */
#ifndef QPROV_RECORD_H
#define QPROV_RECORD_H

#ifndef __VMLINUX_QPROV_H__
#include <linux/types.h>
#endif

#define REC_ABI 2
#define REC_COMM_LEN 16
#define REC_NAME_LEN 64
#define REC_FIELDS 4
#define REC_ARGS 6
#define REC_TEXT_MAX 65536u
#define REC_PATH_MAX 4096u
#define REC_EXEC_ARGS_MAX 4096u
#define REC_CGROUP_MAX 1024u
#define REC_UNSET_ID 0xffffffffu /* loginuid or audit session that was never set; owner of the initial user namespace */

enum rec_type {
	REC_HELLO = 1, /* run: who and where the agent is */
	REC_LIBRARY,   /* attach: a file with client functions */
	REC_SITE,      /* attach: one probe in such a file */
	REC_RANGE,     /* attach: the extent of a function that may be the outer caller of a site */
	REC_CALL,      /* BPF: a client function was entered */
	REC_EXEC,      /* BPF: a program was started */
	REC_FORK,      /* BPF: a process was created */
	REC_EXIT,      /* BPF: the last thread of a process ended */
	REC_PROC,      /* user: a process that was there before us, from /proc */
	REC_USER,      /* user: uid -> name, before the first record that needs it */
	REC_TICK,      /* user: the time, and the loss counters so far */
	REC_COVERAGE,  /* user: something that cannot be hooked, or a summary */
	REC_CONFIG,    /* user: a policy was loaded or refused */
	REC_STOP,      /* user: the end, with its reason */

	REC_CONN = 20,   /* BPF: a connection object met for the first time, or become another connection; before its call */
	REC_PARAMS = 21, /* BPF: values bound to a statement; behind its call, same time and thread */
	REC_CHUNK = 22,  /* BPF: more of the text of a call; behind it, same time and thread */

	REC_SESSION = 30, /* user: how somebody came in */
	REC_CGROUP = 31,  /* BPF, user: the path of a control group */
	REC_FILE = 32,    /* user: build id and hash of an executable */
	REC_CLAIM = 33,   /* user: what a process' environment says of it */
	REC_PACKAGE = 34, /* user: which package an executable belongs to */
	REC_GROUPS = 35,  /* user: the groups of a person */

	REC_SOCKET = 24,       /* BPF: a socket to a database was opened, answered, closed, or found in a process */
	REC_PROFILE = 25,      /* user: what kind of program such a process is */
	REC_URING = 26,        /* BPF: a process made an io_uring */
	REC_DBFILE = 27,       /* user: a process holds a database file open */
	REC_LIBRARY_GONE = 28, /* attach: a file is no longer watched; its sites and its number are free */
	REC_CANARY = 29,       /* user: whether the probes of a file fired when they were tried */

	REC_STDIO = 36,  /* BPF: what the standard descriptors of a process are */
	REC_READER = 37, /* BPF, user: who reads from a pipe that nobody was seen to start with */
	REC_OUTPUT = 38, /* BPF, user: a file that a process opened for writing, or holds open so */

	REC_STATE = 39, /* user: what was kept over a restart, in pieces */

	REC_SANDBOX = 40, /* user: the container or application of a process with a mount namespace of its own */

	REC_TYPE_MAX = 64 /* above all of them */
};

struct rec_hdr {
	__u32 size;
	__u16 type; /* enum rec_type */
	__u16 flags;
	__u64 ts_ns; /* CLOCK_BOOTTIME */
};

/* Who, read in the kernel at the moment of the call. Ids as seen from the initial namespaces. */
struct rec_task {
	__u64 start_ns; /* start_boottime of the thread group leader */
	__u64 parent_start_ns;
	__u64 cgroup_id;
	__u32 pid; /* thread group id */
	__u32 tid;
	__u32 ppid;
	__u32 uid;
	__u32 gid;
	__u32 euid;
	__u32 loginuid;  /* REC_UNSET_ID: never set */
	__u32 sessionid; /* audit session; REC_UNSET_ID: none */
	char comm[REC_COMM_LEN];
	__u32 suid;
	__u32 egid;
	__u32 exec_id; /* counts the programs this process and its ancestors ran; 0: not known */
	__u32 ns_pid;  /* as its own pid namespace numbers it */
	__u32 pid_ns;  /* inodes of namespaces; 0: not known */
	__u32 mnt_ns;
	__u32 user_ns;
	__u32 user_owner; /* who made the user namespace; REC_UNSET_ID: the initial one, or not known */
	__u32 tty;        /* device number of the controlling terminal as in /proc/PID/stat, 0: none */
	__u32 sid;        /* POSIX session leader's pid */
};

enum rec_text_status {
	REC_TEXT_NONE, /* the site has no text */
	REC_TEXT_FULL,
	REC_TEXT_TRUNCATED, /* cap_len < text_len */
	REC_TEXT_FAILED,    /* a page could not be read: nothing or only cap_len bytes */
	REC_TEXT_NULL,      /* the pointer was NULL */
};

#define REC_CALL_LEN_AT_LEAST 1 /* hdr.flags: text_len is a lower bound */
#define REC_CALL_NAME_FAILED 2  /* hdr.flags: the name could not be read */
#define REC_CALL_STATE 32       /* hdr.flags: the name is the SQLSTATE of a failed result */
#define REC_CALL_OUTER_SHIFT 8  /* hdr.flags, 4 bits: 1 + the layers (PROBE_LAYER) of the thread that are under way; 0: not known */
#define REC_CALL_OUTER_MASK 15
#define REC_LAYERS_MAX 6 /* that are counted */

struct rec_call {
	struct rec_hdr hdr;
	struct rec_task task;
	__u64 ip;                 /* address of the probe in the process */
	__u64 ret_addr;           /* where the function returns to; 0 when unreadable, or not asked for */
	__u64 args[REC_ARGS];     /* integer argument registers, in ABI order */
	__u64 fields[REC_FIELDS]; /* values named by the probe_spec */
	__u64 text_len;           /* bytes of the whole text */
	__u32 site;               /* index into the probe table; REC_SITE describes it */
	__u32 cap_len;            /* bytes of text in this record */
	__u8 text_status;
	__u8 field_ok;           /* bit i: fields[i] is valid */
	__u8 name_len;           /* bytes of name, without NUL */
	__u8 frame[5];           /* the stack pointer at the function's entry, in units of 16 bytes, low 40 bits; 0: unknown */
	char name[REC_NAME_LEN]; /* a short string: statement name, command tag */
	char text[];
};

#define REC_EXEC_ARGS_CUT 1 /* hdr.flags: arguments were longer */
#define REC_EXEC_PATH_CUT 2
#define REC_EXEC_CWD_CUT 4
#define REC_EXEC_FAILED 8 /* something of path, arguments, cwd was unreadable */

/* REC_EXEC and REC_PROC: path, cwd, then arguments (each ended by NUL). */
struct rec_exec {
	struct rec_hdr hdr;
	struct rec_task task;
	__u64 exe_ino;
	__u64 exe_ctime_ns;
	__u32 exe_dev; /* kernel dev_t */
	__u32 exe_uid;
	__u32 exe_gid;
	__u32 exe_nlink; /* 0: deleted, or never had a name */
	__u16 exe_mode;
	__u16 path_len;
	__u16 cwd_len;
	__u16 args_len;
	char data[];
};

struct rec_fork {
	struct rec_hdr hdr;
	struct rec_task task; /* the child; ppid is the parent, with CLONE_PARENT not the process that made it */
	__u64 maker_start_ns;
	__u32 maker_pid;
	__u32 pad;
};

struct rec_exit {
	struct rec_hdr hdr;
	struct rec_task task;
	__u32 code;
	__u32 pad;
};

enum rec_fd_flags {
	REC_FD_OPEN = 1,
	REC_FD_PIPE = 2,    /* of a shell: it has no name */
	REC_FD_DELETED = 4, /* no name left */
};

struct rec_fd {
	__u64 ino;
	__u32 dev;   /* kernel dev_t */
	__u32 rdev;  /* of a device */
	__u16 mode;  /* S_IF* and permissions */
	__u16 flags; /* enum rec_fd_flags */
	__u32 pad;
};

#define REC_STDIO_CALL 1 /* hdr.flags: at a client call, the first one or the first with another stdout; else at the start of a program */
#define REC_STDIO_CUT 2  /* a path is longer */
#define REC_STDIO_FAILED 4

/* Then: paths of stdin and stdout where they have one, as the process sees them. */
struct rec_stdio {
	struct rec_hdr hdr;
	__u64 start_ns;
	__u32 pid;
	__u32 peer_pid; /* stdout is a UNIX socket: who made the other end; 0: unknown */
	struct rec_fd fd[3];
	__u8 peer[16]; /* stdout is a TCP socket: the other end's address, IPv4 in the first four bytes */
	__u16 peer_family;
	__u16 peer_port;
	__u16 in_len;
	__u16 out_len;
	char data[];
};

struct rec_reader {
	struct rec_hdr hdr;
	__u64 pipe; /* inode */
	__u64 start_ns;
	__u32 pid; /* 0: looked for, not found */
	__u32 pad;
};

#define REC_OUTPUT_MORE 1 /* hdr.flags: there are more than are told */
#define REC_OUTPUT_READ 2 /* it was opened for reading, too */

/* Then: path. */
struct rec_output {
	struct rec_hdr hdr;
	struct rec_task task; /* of the process' last call, or of its end */
	__u64 ino;
	__u16 path_len;
	__u16 pad[3];
	char data[];
};

#define REC_STATE_LAST 1    /* hdr.flags: the last piece */
#define REC_STATE_FAILED 2  /* it could not be read or written */
#define REC_STATE_DERIVED 4 /* relations made from sensitive ones; else repetition */
#define REC_STATE_FORGET 8  /* names of such, one a line, that are to be forgotten; not a piece of anything */
#define REC_STATE_PIECE 60000u

/* Then: file, data, error. */
struct rec_state {
	struct rec_hdr hdr;
	__u16 file_len;
	__u16 data_len;
	__u16 error_len;
	__u16 pad;
	char data[];
};

/* Then: host, machine id, boot id, agent id, version, kernel. */
struct rec_hello {
	struct rec_hdr hdr;
	__u64 wall_offset_ns; /* CLOCK_REALTIME - CLOCK_BOOTTIME */
	__u32 abi;
	__u16 host_len;
	__u16 machine_len;
	__u16 boot_len;
	__u16 agent_len;
	__u16 version_len;
	__u16 kernel_len;
	char data[];
};

#define REC_LIBRARY_OWN 1 /* hdr.flags: hooked by rows of the configuration; family is the name of the database system */

/* Then: path, build id in hex, family ("libpq"). */
struct rec_library {
	struct rec_hdr hdr;
	__u64 ino;
	__u64 dev;
	__u32 library;
	__u32 functions; /* hooked */
	__u16 path_len;
	__u16 build_len;
	__u16 family_len;
	__u16 pad;
	char data[];
};

enum rec_encoding { REC_UTF8, REC_UTF16, REC_UTF32, REC_ENCODINGS }; /* wide ones in host order, up to a NUL */

/* Then: symbol. */
struct rec_site {
	struct rec_hdr hdr;
	__u64 vaddr; /* of the probed instruction, in the file's address space */
	__u64 func_vaddr;
	__u64 func_size;
	__u32 site;
	__u32 library;
	__u16 op;     /* enum client_op */
	__u16 system; /* enum client_system */
	__u16 symbol_len;
	__u8 fields_known; /* bit i: the offset of field i was decoded in this file */
	__u8 encoding;     /* enum rec_encoding of the text */
	char data[];
};

#define REC_RANGE_INTERNAL 1 /* hdr.flags: calls from here are the library's own business */
#define REC_RANGE_CODE 2     /* hdr.flags: all code of a shared object: what is called from elsewhere is called by somebody else */

/* Then: symbol (empty with these flags). */
struct rec_range {
	struct rec_hdr hdr;
	__u64 vaddr;
	__u64 size;
	__u32 library;
	__u16 symbol_len;
	__u16 pad;
	char data[];
};

struct rec_user {
	struct rec_hdr hdr;
	__u32 uid;
	__u16 name_len; /* 0: the uid has no name */
	__u16 pad;
	char data[];
};

#define REC_GROUPS_MAX 1024 /* of one person; beyond it, and beyond the bytes, REC_GROUPS_CUT is set in hdr.flags */
#define REC_GROUPS_BYTES_MAX 32768u
#define REC_GROUPS_CUT 1

/* Then: the names of the groups, each followed by NUL; a group without a name by its number. */
struct rec_groups {
	struct rec_hdr hdr;
	__u32 uid;
	__u16 names_len;
	__u16 pad;
	char data[];
};

enum rec_way {
	REC_WAY_UNKNOWN,
	REC_WAY_SSH,
	REC_WAY_CONSOLE,
	REC_WAY_DISPLAY, /* a display manager */
	REC_WAY_CRON,
	REC_WAY_AT,
	REC_WAY_UNIT, /* systemd, the user's own instance too */
	REC_WAY_CONTAINER,
	REC_WAY_SUDO, /* sudo -i, su - and their like, from nowhere we know */
	REC_WAY_MACHINECTL,
	REC_WAY_MULTIPLEXER, /* a tmux or screen server that was there before us */
	REC_WAY_MAX
};

/* Who says so. */
enum rec_source {
	REC_SOURCE_NONE,
	REC_SOURCE_SOCKET, /* the connection that sshd itself holds */
	REC_SOURCE_LOGIND, /* the session file of systemd-logind */
	REC_SOURCE_UTMP,
	REC_SOURCE_ENVIRON, /* SSH_CONNECTION: the user can set it */
	REC_SOURCE_AUDIT,   /* auditd's log; asked before utmp */
	REC_SOURCE_MAX
};

/*
 * How an audit session began, or, where there is none, the tree below entry_pid. Then: remote host, service ("sshd"), logind's
 * session id, terminal.
 */
struct rec_session {
	struct rec_hdr hdr;
	__u64 entry_start_ns; /* of the first process of the session; 0: gone or not known */
	__u32 entry_pid;
	__u32 sessionid; /* REC_UNSET_ID: none */
	__u32 uid;       /* of the logind session; REC_UNSET_ID: not known */
	__u8 addr[16];   /* IPv6, IPv4 mapped; all 0: none */
	__u16 port;
	__u8 way;    /* enum rec_way */
	__u8 source; /* enum rec_source, of address and port */
	__u16 host_len;
	__u16 service_len;
	__u16 logind_len;
	__u16 tty_len;
	char entry_comm[REC_COMM_LEN];
	__u32 pad;
	char data[];
};

/* Then: path, from the root of the unified hierarchy. */
struct rec_cgroup {
	struct rec_hdr hdr;
	__u64 cgroup_id;
	__u16 path_len;
	__u16 pad[3];
	char data[];
};

/* Keyed as in struct rec_exec. Then: build id in hex, SHA-256 in hex; each may be empty. */
struct rec_file {
	struct rec_hdr hdr;
	__u64 ino;
	__u64 ctime_ns;
	__u32 dev;
	__u16 build_len;
	__u16 sha256_len;
	char data[];
};

/* Keyed as in struct rec_exec. Then: package; empty: no installed package has it. */
struct rec_package {
	struct rec_hdr hdr;
	__u64 ino;
	__u64 ctime_ns;
	__u32 dev;
	__u16 package_len;
	__u16 pad;
	char data[];
};

/* Then: notebook (JPY_SESSION_NAME). */
struct rec_claim {
	struct rec_hdr hdr;
	__u64 start_ns;
	__u32 pid;
	__u16 notebook_len;
	__u16 pad;
	char data[];
};

/* Then: path in one of the older control group hierarchies, flatpak's application and instance; each may be empty. */
struct rec_sandbox {
	struct rec_hdr hdr;
	__u64 start_ns;
	__u32 pid;
	__u16 group_len;
	__u16 app_len;
	__u16 instance_len;
	__u16 pad[3];
	char data[];
};

enum rec_loss {
	REC_LOSS_CALL, /* calls ring full */
	REC_LOSS_EXEC, /* process ring full: exec, fork, exit */
	REC_LOSS_MMAP, /* mapping notices overwritten */
	REC_LOSS_SPEC, /* a call at a site without specification */
	REC_LOSS_KINDS
};

struct rec_tick {
	struct rec_hdr hdr;
	__u64 wall_offset_ns;
	__u64 lost[REC_LOSS_KINDS]; /* totals since start */
	__u64 calls;                /* calls the BPF programs saw since start, lost ones included */
	__u32 libraries;            /* hooked now */
	__u32 sites;
	__u64 rss_bytes; /* resident memory of the agent */
};

/* Then: reason, path, symbols (space separated). */
struct rec_coverage {
	struct rec_hdr hdr;
	struct rec_task task; /* pid 0: not about a process */
	__u16 reason_len;
	__u16 path_len;
	__u16 symbols_len;
	__u16 delay; /* 0.1 ms from the first mapping of a file to its probes; 0: does not apply */
	char data[];
};

#define REC_CONFIG_REFUSED 1 /* hdr.flags: the old one stays in force */

/* Then: file, policy hash in hex, message. */
struct rec_config {
	struct rec_hdr hdr;
	__u16 file_len;
	__u16 hash_len;
	__u16 message_len;
	__u16 pad;
	char data[];
};

/* Then: reason ("SIGTERM", "duration", "count", "output closed", ...). */
struct rec_stop {
	struct rec_hdr hdr;
	__u16 reason_len;
	__u16 pad[3];
	char data[];
};

/* ---- the floor: who talks to a database below the libraries ---- */

#define REC_SOCKET_PEER 1 /* the path is the listening socket's own; else it is what the program gave to connect(2) */

enum rec_socket_event {
	REC_SOCKET_OPENING, /* connect(2), in the process that calls it */
	REC_SOCKET_OPEN,    /* the peer answered (TCP only) */
	REC_SOCKET_CLOSED,  /* TCP only; task holds pid and start of the opener, nothing else */
	REC_SOCKET_HELD,    /* found open in the process by a look through its descriptors */
	REC_SOCKET_EVENTS
};

/* Then: path of the peer (UNIX sockets), system ("postgresql"), which user space adds. */
struct rec_socket {
	struct rec_hdr hdr;
	struct rec_task task;
	__u64 id;       /* inode number of the socket */
	__u64 sent;     /* bytes, TCP only */
	__u64 received; /* bytes, TCP only */
	__u8 addr[16];  /* of the peer; the first 4 for AF_INET */
	__u16 family;   /* AF_UNIX 1, AF_INET 2, AF_INET6 10 */
	__u16 port;     /* of the peer */
	__u16 event;    /* enum rec_socket_event */
	__u16 path_len;
	__u16 system_len; /* 0 from BPF */
	__u16 pad[3];
	char data[];
};

struct rec_uring {
	struct rec_hdr hdr;
	struct rec_task task;
};

#define REC_PROFILE_HOOKED 1  /* maps a file with probes of the system in question */
#define REC_PROFILE_STATIC 2  /* its executable has no interpreter */
#define REC_PROFILE_CARRIES 4 /* its executable carries a client library without its functions' names */
#define REC_PROFILE_GONE 8    /* it ended before it could be looked at */
#define REC_PROFILE_EXEC 16   /* maps memory that is writable and executable, in a hooked file */

/* Then: kind ("java", "python", "go", "node", ... or empty), executable. */
struct rec_profile {
	struct rec_hdr hdr;
	__u64 start_ns;
	__u32 pid;
	__u32 systems; /* bit n: maps a hooked library of enum client_system n */
	__u32 flags;   /* REC_PROFILE_* */
	__u16 kind_len;
	__u16 path_len;
	char data[];
};

/* Then: path, system. */
struct rec_dbfile {
	struct rec_hdr hdr;
	struct rec_task task;
	__u64 ino;
	__u64 size;
	__u32 dev; /* kernel dev_t */
	__u32 fd;
	__u16 path_len;
	__u16 system_len;
	__u16 pad[2];
	char data[];
};

struct rec_library_gone {
	struct rec_hdr hdr;
	__u32 library;
	__u32 pad;
};

/* Then: path, symbols that did not fire (space separated). */
struct rec_canary {
	struct rec_hdr hdr;
	__u32 library;
	__u16 tried;
	__u16 fired;
	__u16 path_len;
	__u16 symbols_len;
	__u32 pad;
	char data[];
};

#define CONN_NAME_MAX 128
#define CONN_PATH_MAX 512

enum rec_conn_tls { REC_TLS_UNKNOWN, REC_TLS_NO, REC_TLS_YES };

/* What the library's own structure and the kernel's socket say. Empty or 0: unknown, or not there. Strings end at a NUL or where they are
 * full. */
struct rec_conn {
	struct rec_hdr hdr;
	struct rec_task task;
	__u64 conn;   /* address of the object */
	__u64 id;     /* the server's number for it: backend process (libpq), thread (MySQL) */
	__u32 site;   /* of the call that met it */
	__u16 family; /* AF_INET, AF_INET6, AF_UNIX; 0: no socket known */
	__u8 tls;     /* enum rec_conn_tls */
	__u8 known;   /* bit i: enum conn_item i was read */
	__u16 local_port, remote_port;
	__u32 pad;
	__u8 local[16], remote[16]; /* IPv4: the first four bytes */
	char database[CONN_NAME_MAX];
	char user[CONN_NAME_MAX];
	char host[CONN_NAME_MAX];
	char application[CONN_NAME_MAX];
	char path[CONN_PATH_MAX]; /* of the server's UNIX socket, or the database file */
};

#define PARAM_BYTES 112 /* of each value */
#define PARAM_SLOTS 16  /* in one record */
#define PARAMS_MAX 64   /* of one call */

enum rec_param_form {
	PARAM_NONE, /* only its type is told (at a prepare), or its value was told before */
	PARAM_NULL,
	PARAM_TEXT,
	PARAM_PG_BINARY, /* type: OID, 0 unknown; in network order */
	PARAM_MYSQL,     /* type: enum enum_field_types of mysql.h */
	PARAM_LITE,      /* type: flags of its Mem (sqliteInt.h): 2 text, 4 integer, 8 real, 16 blob, 32 integer as real */
	PARAM_ODBC,      /* type: C type of sql.h and sqlext.h, SQL_C_* */
	PARAM_TDS,       /* type: SYB* of sybdb.h */
	PARAM_CT,        /* type: CS_*_TYPE of cspublic.h */
	PARAM_OCI,       /* type: SQLT_* of ocidfn.h */
	PARAM_FORMS
};

#define PARAM_MYSQL_UNSIGNED 0x10000u /* in type */

enum rec_param_status {
	PARAM_WHOLE,
	PARAM_CUT /* perhaps longer */,
	PARAM_FAILED,
	PARAM_LATER /* handed over in pieces, after the call */
};

struct rec_param {
	__u32 len; /* true length; data holds the first cap */
	__u32 type;
	__u16 cap;
	__u8 form;   /* enum rec_param_form */
	__u8 status; /* enum rec_param_status */
	__u8 pad[4];
	char data[PARAM_BYTES];
};

#define REC_CHUNK_UTF16 1 /* hdr.flags: of what the text is made, else bytes */
#define REC_CHUNK_UTF32 2
#define REC_CHUNK_NUL 4 /* total is where the page of its NUL ends: capture cuts the piece there, and total is then true */
#define REC_STATEMENT_MAX (16u << 20)

/* The text from off on. The first REC_TEXT_MAX bytes are in the call; a last one that does not follow on the others is the end of the text.
 */
struct rec_chunk {
	struct rec_hdr hdr;
	__u64 start_ns; /* of the process */
	__u64 off;
	__u64 total; /* bytes of the whole text, as in the call */
	__u32 pid, tid;
	__u32 site;
	__u32 len;
	char data[];
};

struct rec_params {
	struct rec_hdr hdr;
	__u64 start_ns; /* of the process */
	__u64 handle;   /* args[0] of the call */
	__u32 pid, tid;
	__u32 site;
	__u32 total; /* the call has so many */
	__u32 first; /* number of p[0], from 0 */
	__u32 count; /* in this record */
	struct rec_param p[];
};

/* ---- what a site asks the generic BPF program to read; the attach cookie is the index ---- */

enum probe_text {
	PROBE_TEXT_NONE,
	PROBE_TEXT_NUL,           /* to the NUL */
	PROBE_TEXT_LEN,           /* args[len_arg] bytes exactly (an unsigned long) */
	PROBE_TEXT_LEN_I32,       /* an int: bytes; negative means to the NUL; stops at a NUL anyway when PROBE_STOP_NUL */
	PROBE_TEXT_LEN_ULONG_NUL, /* an unsigned long; all ones (-1) means to the NUL */
	PROBE_TEXT_UTF16,         /* UTF-16: args[len_arg] bytes as an int, negative or no len_arg: to the 16-bit NUL */
	PROBE_TEXT_UTF16_UNITS,   /* the same, args[len_arg] counts characters of 16 bits */
	PROBE_TEXT_UTF32_UNITS,   /* wchar_t: args[len_arg] counts characters of 32 bits */
	PROBE_TEXT_VALUE,         /* a value: an int as length; negative: of a type that has a fixed one, at most 8, or PROBE_VALUE_NUL */
	PROBE_TEXT_STRING,        /* {pointer, length} (std::string), at *(args[text_arg] + text_off) + string_off; NULL: there is none */
};

enum probe_field {
	PROBE_FIELD_NONE,
	PROBE_FIELD_U32,
	PROBE_FIELD_S32,
	PROBE_FIELD_U64,
};

#define PROBE_STOP_NUL 1   /* a NUL ends the text even before the given length */
#define PROBE_COUNT 2      /* do not send: add one to the count of (process, args[0]); begins anew where field 0, if asked for, is 0 */
#define PROBE_TAKE_COUNT 4 /* fields[3] = that count, which is then reset; bit 3 of field_ok */
#define PROBE_CONN_END 8   /* do not send: the connection is closed or becomes another one, to be read anew */
#define PROBE_BIND 16      /* do not send: remember the MYSQL_BIND array args[1] of the statement args[0]; field 0: how many */
#define PROBE_PG_STATE                                                                                                                     \
	32 /* field 1 is 7 (an error), field 2 the list of its fields {next, code, text}: the name becomes the one with code C */
/*
 * libpq, COPY out: the rows that a connection handed out are counted, with their bytes: fields 0 and 1; field 3 is how often it was asked
 * for one. With PROBE_ADD it is asked now: sent when one of the counts has doubled. Else that is over: sent when something was counted, or
 * with PROBE_TAKE_COUNT anyway.
 */
#define PROBE_TAKEN 64
#define PROBE_LEN_SHORT 256     /* with an int as length: only its low 16 bits are set, signed */
#define PROBE_STACK_ARGS 512    /* text_arg and len_arg 6 and 7 are the first two arguments on the stack */
#define PROBE_LAYER 2048        /* calls of other sites may be made inside this one: its place on the stack is remembered */
#define PROBE_SECRET 1024       /* the text may hold a password: user space takes it out before anything else sees the record */
#define PROBE_ONLY 4096         /* one function for many things (a login's user, its password): only one of them is looked at */
#define PROBE_ROWS 8192         /* field 0 is the number of rows: CONN_ROWS of the conn_spec, from args[conn_arg] on */
#define PROBE_NO_MEET 16384     /* args[conn_arg] is no connection */
#define PROBE_CONN_DROP 32768   /* the connection is closed with this call, which is sent all the same */
#define PROBE_NAME_WIDE 65536   /* the name is UTF-16 or wchar_t: its first bytes as they are */
#define PROBE_ADD 131072        /* adds args[len_arg], an int (-1: one), to the count of (process, args[0]); sent when that doubles */
#define PROBE_HEAD 262144       /* no more than PROBE_HEAD_BYTES of the text: a value */
#define PROBE_STATE 524288      /* the name is an SQLSTATE that an earlier call left there: only when args[2] is 2 or more */
#define PROBE_BIND_ODBC 1048576 /* do not send: remember what SQLBindParameter() binds to args[0] as number args[1] */
/* That is over for args[conn_arg]: SQLFreeHandle(), SQLFreeStmt() where args[1] is SQL_DROP or SQL_RESET_PARAMS. */
#define PROBE_UNBIND 2097152
/* args[name_arg + 1] is the name's length, a short in characters, negative: to its NUL. What stands behind it is somebody else's: capture
 * cuts there. */
#define PROBE_NAME_LEN 4194304
#define PROBE_NO_CALLER 8388608 /* who called does not matter: ret_addr stays 0 */

#define PROBE_BIND_CT 16777216    /* ct_param(), ct_setparam(): args[1] becomes the parameter's number, args[5] its type */
#define PROBE_BIND_OCI 33554432   /* OCIBind*(): where the value lies is remembered, args[1] becomes its number; only: PROBE_OCI_* */
#define PROBE_BIND_NEW 67108864   /* with PROBE_UNBIND: whatever args[1] is */
#define PROBE_ONLY_SET 134217728  /* with PROBE_ONLY: one of the values whose bits are set in only_set; of `only` alone the text is read */
#define PROBE_STACK_LEN 268435456 /* with PROBE_STACK_ARGS: args[5] becomes the third argument on the stack, the length of args[7] */
#define PROBE_LOOK 536870912      /* args[0] is an object: not sent when the thread's last such call, not ended since, was about it */
#define PROBE_LOOK_END 1073741824 /* args[0] is such an object, and ends */

#define PROBE_FIRST 2147483648u /* only the text's first statement counts: where a ';' stands near the beginning, no more is read */

#define PROBE_OCI_NAMED 1 /* OCIBindByName() */
#define PROBE_OCI_WIDE 2  /* OCIBindBy*2(): lengths have 32 bits */

#define PROBE_VALUE_NUL (-9) /* CS_NULLTERM: to the NUL */

#define PROBE_HEAD_BYTES 512

/* value = *(T *)(deref < 0 ? args[arg] + off : *(void **)(args[arg] + deref) + off) */
struct probe_field_spec {
	__u8 kind; /* enum probe_field */
	__u8 arg;
	__s16 deref; /* -1: none */
	__s32 off;
};

/* Where bound values are. */
enum probe_params {
	PARAMS_NONE,
	PARAMS_PG,          /* PQsendQueryParams */
	PARAMS_PG_PREPARED, /* PQsendQueryPrepared */
	PARAMS_PG_TYPES,    /* PQsendPrepare */
	PARAMS_MYSQL,       /* mysql_stmt_execute: what PROBE_BIND remembered */
	PARAMS_LITE,        /* the statement's own copies */
	PARAMS_ODBC,        /* what PROBE_BIND_ODBC remembered */
	PARAMS_CT,          /* ct_send: what PROBE_BIND_CT remembered */
	PARAMS_OCI,         /* OCIStmtExecute: what PROBE_BIND_OCI remembered of args[1] */
};

struct probe_spec {
	__u8 text; /* enum probe_text */
	__s8 text_arg;
	__s8 len_arg;   /* -1: none */
	__s8 name_arg;  /* -1: none; the name is the NUL-terminated string at args[name_arg] + name_off */
	__s32 text_off; /* -1: args[text_arg] is the pointer; else it is loaded from args[text_arg] + text_off */
	__s32 name_off;
	__s32 sp_delta; /* bytes pushed between function entry and the probed instruction */
	__u32 flags;    /* PROBE_* */
	__u8 valid;     /* SPEC_*; 0: the slot is free */
	__u8 only_arg;  /* PROBE_ONLY: calls whose args[only_arg] is not `only` are passed over unread */
	__u16 only;
	__s32 conn_off; /* the connection is *(args[conn_arg] + conn_off); -1: it is args[conn_arg] */
	__u16 conn;     /* 1 + index of its conn_spec; 0: none */
	__u8 conn_arg;
	__u8 params; /* enum probe_params */
	struct probe_field_spec field[REC_FIELDS];
	/* Most of what is asked for lies in one object: args[block_arg] + block_off, so many bytes. Read at once; 0: each by itself. */
	__s32 block_off;
	__u16 block_len; /* <= BLOCK_MAX */
	__u8 block_arg;
	__u8 file;        /* small number of the file: two overlays hook one under two numbers, and each counts for itself */
	__u32 only_set;   /* PROBE_ONLY_SET */
	__s32 taken;      /* PROBE_TAKEN: where conn_spec.taken says */
	__s32 string_off; /* PROBE_TEXT_STRING */
};

#define BLOCK_MAX 512

/* ---- what is read of a connection, by library ---- */

enum conn_item {
	CONN_ID,
	CONN_SOCKET,
	CONN_TLS,
	CONN_DATABASE,
	CONN_USER,
	CONN_HOST,
	CONN_PARAMS,
	CONN_FILE,
	CONN_ROWS, /* of a result or a statement: how many rows it had; PROBE_ROWS */
	CONN_ITEMS
};

enum conn_kind {
	CONN_NONE,
	CONN_U32,
	CONN_U64,
	CONN_FLAG,    /* a byte that is not 0 */
	CONN_POINTER, /* a pointer that is not NULL */
	CONN_STRING,  /* a pointer to a string */
	CONN_LIST,    /* a pointer to a list of {next, name, value} (libpq's parameters): the value of "application_name" */
	CONN_CHARS,   /* a string in the structure itself */
};

#define CONN_STEPS 5
#define CONN_NO_INDEX 0xff

/* a = connection; for each step but the last: a = *(a + off); the value is at a + the last off. Before step index_at, a += index * mult. */
struct conn_chain {
	__u8 kind; /* enum conn_kind */
	__u8 steps;
	__u8 index_at; /* CONN_NO_INDEX: none */
	__u8 pad;
	__s32 off[CONN_STEPS];
	__s32 index_off; /* of the index, 32 bits signed, in the connection */
	__s32 index_mult;
};

/* SQLite's bound values: an array in the statement. */
struct mem_layout {
	__u32 array;             /* in the statement */
	__u16 count, count_size; /* there too: how many, in 2 or 4 bytes */
	__u16 stride;            /* 0: unknown */
	__u16 flags, z, n;       /* in an element */
};

struct conn_spec {
	struct conn_chain item[CONN_ITEMS];
	struct mem_layout mem;
	__u32 errors; /* libpq: 1 + offset of the list of error fields in a result; 0: unknown */
	__u32 taken;  /* libpq: 1 + offset of inStart in a connection, behind which is inCursor; 0: unknown */
};

#define CONN_SPECS_MAX 1024

#define PROBE_SITES_MAX 16384

#define SPEC_USED 1
#define SPEC_GONE 2 /* given back; the probe that names it may still be on its way out, and says nothing */

_Static_assert(sizeof(struct rec_hdr) == 16, "rec_hdr");
_Static_assert(sizeof(struct rec_task) == 112, "rec_task");
_Static_assert(sizeof(struct rec_call) == 312, "rec_call");
_Static_assert(sizeof(struct rec_exec) == 168, "rec_exec");
_Static_assert(sizeof(struct rec_fork) == 144, "rec_fork");
_Static_assert(sizeof(struct rec_exit) == 136, "rec_exit");
_Static_assert(sizeof(struct rec_session) == 88, "rec_session");
_Static_assert(sizeof(struct rec_tick) == 80, "rec_tick");
_Static_assert(sizeof(struct rec_socket) == 184, "rec_socket");
_Static_assert(sizeof(struct rec_dbfile) == 160, "rec_dbfile");
_Static_assert(sizeof(struct rec_conn) == 1216, "rec_conn");
_Static_assert(sizeof(struct probe_spec) == 84, "probe_spec");
_Static_assert(sizeof(struct rec_param) == 128 && sizeof(struct rec_params) == 56, "rec_params");
_Static_assert(sizeof(struct rec_chunk) == 56, "rec_chunk");
_Static_assert(sizeof(struct conn_spec) == 312, "conn_spec");
_Static_assert(sizeof(struct rec_stdio) == 128, "rec_stdio");
_Static_assert(sizeof(struct rec_reader) == 40, "rec_reader");
_Static_assert(sizeof(struct rec_sandbox) == 40, "rec_sandbox");
_Static_assert(sizeof(struct rec_output) % 8 == 0, "rec_output");

#endif
