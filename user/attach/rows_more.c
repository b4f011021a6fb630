// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* DuckDB, Oracle's OCI, MongoDB's and Cassandra's C drivers. */
#include "attach/rows.h"
#include "base/cleanup.h"

#define MAIN (ROW_MARKER | ROW_ESSENTIAL)

/* A value bound to number args[1]: in args[2], or the text there. */
#define VALUE(name_, what_)                                                                                                                \
	{                                                                                                                                  \
		.symbol = name_, .op = OP_LAYER_VALUE_##what_, .also_args = 1 << 1 | 1 << 2                                                \
	}
#define VALUE_TEXT(name_, what_, kind_, len_)                                                                                              \
	{                                                                                                                                  \
		.symbol = name_, .op = OP_LAYER_VALUE_##what_, .also_args = 1 << 1, TEXT(kind_, 2, len_), .probe_flags = PROBE_HEAD        \
	}

/*
 * Every statement that runs passes one C++ function, whose argument is its text: that tells the execution, prepared or not, of the C API,
 * of an appender, of programs in C++. Its name carries the types of its arguments, which a new release may change behind the part that
 * stands here. The C functions are layers around it, and all there is in a build without that symbol. Source: duckdb.h 1.5,
 * src/main/client_context.cpp.
 */
static const struct client_row duckdb_rows[] = {
	{ .symbol = "_ZN6duckdb13ClientContext43PendingStatementOrPreparedStatementInternalERNS_17ClientContextLockE"
		    "RKNSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEE",
	  .label = "ClientContext::PendingStatementOrPreparedStatementInternal",
	  .op = OP_LAYER_SUBMIT,
	  .flags = MAIN | ROW_PREFIX | ROW_TEXT_AT,
	  .handle = 1,
	  TEXT(NUL, 3, -1) },
	{ .symbol = "duckdb_query", .op = OP_LAYER_SUBMIT_INTO, .flags = MAIN, TEXT(NUL, 1, -1), .also_args = 1 << 2 },
	{ .symbol = "duckdb_query_arrow", .op = OP_LAYER_SUBMIT, TEXT(NUL, 1, -1) },
	{ .symbol = "duckdb_prepare", .op = OP_LAYER_CREATE, .flags = MAIN, TEXT(NUL, 1, -1) },
	{ .symbol = "duckdb_extract_statements", .op = OP_LAYER_CREATE, TEXT(NUL, 1, -1) },
	{ .symbol = "duckdb_prepare_extracted_statement", .op = OP_LAYER_DERIVE, .handle = 1, .also_args = 1 << 0 },
	{ .symbol = "duckdb_execute_prepared", .op = OP_LAYER_EXECUTE_INTO, .flags = ROW_ESSENTIAL, .also_args = 1 << 1 },
	{ .symbol = "duckdb_execute_prepared_streaming", .op = OP_LAYER_EXECUTE },
	{ .symbol = "duckdb_execute_prepared_arrow", .op = OP_LAYER_EXECUTE },
	{ .symbol = "duckdb_pending_prepared", .op = OP_LAYER_EXECUTE },
	{ .symbol = "duckdb_pending_prepared_streaming", .op = OP_LAYER_EXECUTE },
	{ .symbol = "duckdb_nparams", .op = OP_LAYER_BIND },
	{ .symbol = "duckdb_destroy_prepare", .op = OP_LAYER_FORGET, .flags = ROW_AT },
	{ .symbol = "duckdb_destroy_extracted", .op = OP_LAYER_FORGET, .flags = ROW_AT },
	VALUE("duckdb_bind_null", NULL),
	VALUE("duckdb_bind_boolean", BOOL),
	VALUE("duckdb_bind_int8", INT32),
	VALUE("duckdb_bind_int16", INT32),
	VALUE("duckdb_bind_int32", INT32),
	VALUE("duckdb_bind_int64", INT),
	VALUE("duckdb_bind_uint8", INT32),
	VALUE("duckdb_bind_uint16", INT32),
	VALUE("duckdb_bind_uint32", OTHER), /* the upper half of its register is anything */
	VALUE("duckdb_bind_uint64", UINT),
	VALUE("duckdb_bind_hugeint", OTHER),
	VALUE("duckdb_bind_uhugeint", OTHER),
	VALUE("duckdb_bind_decimal", OTHER),
	VALUE("duckdb_bind_time", OTHER),
	VALUE("duckdb_bind_timestamp_tz", TIME),
	VALUE("duckdb_bind_interval", OTHER),
	VALUE("duckdb_bind_date", DATE),
	VALUE("duckdb_bind_timestamp", TIME),
	VALUE("duckdb_bind_double", OTHER),
	VALUE("duckdb_bind_float", OTHER),
	{ .symbol = "duckdb_bind_value",
	  .op = OP_LAYER_VALUE_OBJECT,
	  .flags = ROW_OBJECT,
	  .also_args = 1 << 1 | 1 << 2,
	  .probe_flags = PROBE_HEAD },
	VALUE_TEXT("duckdb_bind_varchar", STRING, NUL, -1),
	VALUE_TEXT("duckdb_bind_varchar_length", STRING, LEN, 3),
	VALUE_TEXT("duckdb_bind_blob", BYTES, LEN, 3),
	{ .symbol = "duckdb_open", .op = OP_LAYER_OPEN, .flags = ROW_OUTER, TEXT(NUL, 0, -1), .inner = { "duckdb_open_ext" } },
	{ .symbol = "duckdb_open_ext", .op = OP_LAYER_OPEN, TEXT(NUL, 0, -1) },
	{ .symbol = "duckdb_get_or_create_from_cache", .op = OP_LAYER_OPEN, TEXT(NUL, 1, -1) },
	{ .symbol = "duckdb_connect", .op = OP_LAYER_ALLOC },
	{ .symbol = "duckdb_column_count", .op = OP_LAYER_RESULT, .flags = ROW_COUNTS },
	{ .symbol = "duckdb_row_count", .op = OP_LAYER_RESULT, .flags = ROW_COUNTS },
	{ .symbol = "duckdb_rows_changed", .op = OP_LAYER_RESULT, .flags = ROW_COUNTS },
	{ .symbol = "duckdb_result_error", .op = OP_LAYER_ERROR },
	{ .symbol = "duckdb_destroy_result", .op = OP_LAYER_END, .flags = ROW_COUNTS },
	{ .symbol = "duckdb_appender_flush", .op = OP_LAYER_CALLS },
	{ .symbol = "duckdb_appender_close", .op = OP_LAYER_CALLS },
	{ .symbol = "duckdb_appender_destroy", .op = OP_LAYER_CALLS },
};

/* Of results that are there as a whole. A streamed one has no counter: nothing is read of it (SUBMIT_INTO, EXECUTE_INTO). */
static const struct conn_row duckdb_conn[] = {
	{ "duckdb_row_count", CHAIN_ROWS, CONN_ROWS, CONN_NONE },
	/* of a value, in this order: conn.c */
	{ "duckdb_get_value_type", CHAIN_ADDRESS, CONN_ITEMS, CONN_NONE },
	{ "duckdb_get_type_id", CHAIN_FIRST_8, CONN_ITEMS, CONN_NONE },
	{ "duckdb_is_null_value", CHAIN_RETURN_8, CONN_ITEMS, CONN_NONE },
	{ "_ZNK6duckdb5Value14GetValueUnsafeIlEET_v", CHAIN_RETURN_64, CONN_ITEMS, CONN_NONE },
	{ "_ZN6duckdb11StringValue3GetB5cxx11ERKNS_5ValueE", CHAIN_INSIDE, CONN_ITEMS, CONN_NONE },
};

/*
 * OCIStmtFetch2 is called for every row when there is no array: the rows that were asked for are added up in the kernel, and only each time
 * that their number has doubled a record tells that the statement gave something. How many came is not seen. An environment in UTF-16
 * mode is not told apart. Source: Oracle Call Interface Programmer's Guide 19c, and the calls in ODPI-C (dpiOci.c).
 */
/* oci.h: a service context gets its server and its session, that one its user; 23 is the password. */
#define OCI_ATTR_USERNAME 22
#define OCI_ATTRIBUTES (1u << 6 /* OCI_ATTR_SERVER */ | 1u << 7 /* OCI_ATTR_SESSION */ | 1u << OCI_ATTR_USERNAME)

/* Where the value lies is remembered, and read when the statement runs. */
#define OCI_BIND(name_, how_)                                                                                                              \
	{                                                                                                                                  \
		.symbol = name_, .op = OP_LAYER_VALUE_OTHER, .probe_flags = PROBE_BIND_OCI, .only = (how_)                                 \
	}

/* (env, err, service **, user, length, password, length, server, length): what follows on the password is on the stack. */
#define OCI_LOGON(name_)                                                                                                                   \
	{                                                                                                                                  \
		.symbol = name_, .op = OP_LAYER_LOGON, TEXT(LEN_I32, 7, 5), NAME(3),                                                       \
		.probe_flags = PROBE_STACK_ARGS | PROBE_STACK_LEN | PROBE_NAME_LEN, .also_args = 1 << 4                                    \
	}

#define OCI_OVER (PROBE_UNBIND | PROBE_BIND_NEW)

static const struct client_row oci_rows[] = {
	{ .symbol = "OCIStmtPrepare", .op = OP_LAYER_PREPARE, .flags = MAIN, TEXT(LEN_I32, 2, 3), .probe_flags = OCI_OVER },
	{ .symbol = "OCIStmtPrepare2", .op = OP_LAYER_CREATE, .flags = MAIN, TEXT(LEN_I32, 3, 4) },
	{ .symbol = "OCIStmtExecute", .op = OP_LAYER_EXECUTE, .flags = MAIN, .handle = 1, .params = PARAMS_OCI },
	OCI_BIND("OCIBindByPos", 0),
	OCI_BIND("OCIBindByPos2", PROBE_OCI_WIDE),
	OCI_BIND("OCIBindByName", PROBE_OCI_NAMED),
	OCI_BIND("OCIBindByName2", PROBE_OCI_NAMED | PROBE_OCI_WIDE),
	{ .symbol = "OCIStmtFetch2", .op = OP_LAYER_RESULT, .len_arg = 2, .probe_flags = PROBE_ADD },
	{ .symbol = "OCIStmtRelease", .op = OP_LAYER_CLOSE, .probe_flags = PROBE_TAKE_COUNT | OCI_OVER },
	{ .symbol = "OCIHandleFree", .op = OP_LAYER_CLOSE, .probe_flags = PROBE_TAKE_COUNT | OCI_OVER },
	{ .symbol = "OCITransCommit", .op = OP_LAYER_CALLS },
	{ .symbol = "OCIServerAttach", .op = OP_LAYER_SERVER, TEXT(LEN_I32, 2, 3) },
	{ .symbol = "OCIAttrSet",
	  .op = OP_LAYER_ATTRIBUTE,
	  TEXT(LEN_I32, 2, 3),
	  .probe_flags = PROBE_ONLY | PROBE_ONLY_SET,
	  .only_arg = 4,
	  .only = OCI_ATTR_USERNAME,
	  .only_set = OCI_ATTRIBUTES },
	OCI_LOGON("OCILogon"),
	OCI_LOGON("OCILogon2"),
	/* The authentication in front of it has its user by OCIAttrSet. */
	{ .symbol = "OCISessionGet", .op = OP_LAYER_OPEN, .handle = 3, TEXT(LEN_I32, 4, 5) },
};

/* The collection's name lies in the collection: mongoc_collection_get_name() is followed. Source: mongoc-collection.h 1.23. */
#define COLLECTION(name_, op_)                                                                                                             \
	{                                                                                                                                  \
		.symbol = "mongoc_collection_" name_, .op = (op_), .flags = ROW_MARKER, TEXT(NUL, 0, -1), .text_acc = ACC_MONGO_NAME       \
	}

/*
 * A command is a document, a bson_t: of the first bytes there is read what it is. Of a client's the database is named in the call, others
 * have theirs. Source: mongoc-client.h, mongoc-database.h, mongoc-collection.h 1.23, mongoc-bulkwrite.h 2.0.
 */
#define COMMAND(name_, arg_)                                                                                                               \
	{                                                                                                                                  \
		.symbol = "mongoc_" name_, .op = OP_LAYER_DOCUMENT, .flags = ROW_DOCUMENT, NAME(arg_), .probe_flags = PROBE_NAME_WIDE      \
	}
#define CLIENT_COMMAND(name_, arg_, more_)                                                                                                 \
	{                                                                                                                                  \
		.symbol = "mongoc_client_" name_, .op = OP_LAYER_DOCUMENT, .flags = ROW_DOCUMENT, TEXT(NUL, 1, -1), NAME(arg_),            \
		.probe_flags = PROBE_NAME_WIDE | (more_)                                                                                   \
	}
#define COMMANDS(of_)                                                                                                                      \
	COMMAND(of_ "_command_simple", 1), COMMAND(of_ "_command_with_opts", 1), COMMAND(of_ "_read_command_with_opts", 1),                \
		COMMAND(of_ "_write_command_with_opts", 1), COMMAND(of_ "_read_write_command_with_opts", 1), COMMAND(of_ "_command", 5)
/* What it is about stands in no argument that is read. */
#define WHOLE(name_)                                                                                                                       \
	{                                                                                                                                  \
		.symbol = "mongoc_" name_, .op = OP_LAYER_DOCUMENT                                                                         \
	}
#define BULKWRITE(name_, op_)                                                                                                              \
	{                                                                                                                                  \
		.symbol = "mongoc_bulkwrite_append_" name_, .op = (op_), TEXT(NUL, 1, -1)                                                  \
	}

static const struct client_row mongoc_rows[] = {
	{ .symbol = "mongoc_uri_new_with_error", .op = OP_LAYER_OPEN, TEXT(NUL, 0, -1), .probe_flags = PROBE_SECRET },
	{ .symbol = "mongoc_client_new_from_uri_with_error", .op = OP_LAYER_ALLOC },
	{ .symbol = "mongoc_client_pool_new_with_error", .op = OP_LAYER_ALLOC },
	{ .symbol = "mongoc_client_pool_pop", .op = OP_LAYER_ALLOC },
	{ .symbol = "mongoc_client_get_database", .op = OP_LAYER_ALLOC, TEXT(NUL, 1, -1) },
	{ .symbol = "mongoc_client_get_collection", .op = OP_LAYER_ALLOC, TEXT(NUL, 1, -1) },
	{ .symbol = "mongoc_database_get_collection", .op = OP_LAYER_ALLOC },
	COLLECTION("find_with_opts", OP_LAYER_SELECT),
	COLLECTION("find", OP_LAYER_SELECT),
	COLLECTION("aggregate", OP_LAYER_SELECT),
	COLLECTION("count_documents", OP_LAYER_SELECT),
	COLLECTION("count", OP_LAYER_SELECT),
	COLLECTION("count_with_opts", OP_LAYER_SELECT),
	COLLECTION("estimated_document_count", OP_LAYER_SELECT),
	COLLECTION("watch", OP_LAYER_SELECT),
	COLLECTION("insert_one", OP_LAYER_INSERT),
	COLLECTION("insert_many", OP_LAYER_INSERT),
	COLLECTION("insert", OP_LAYER_INSERT),
	COLLECTION("insert_bulk", OP_LAYER_INSERT),
	COLLECTION("save", OP_LAYER_UPDATE),
	COLLECTION("update", OP_LAYER_UPDATE),
	COLLECTION("update_one", OP_LAYER_UPDATE),
	COLLECTION("update_many", OP_LAYER_UPDATE),
	COLLECTION("replace_one", OP_LAYER_UPDATE),
	COLLECTION("find_and_modify", OP_LAYER_UPDATE),
	COLLECTION("find_and_modify_with_opts", OP_LAYER_UPDATE),
	COLLECTION("create_bulk_operation", OP_LAYER_UPDATE),
	COLLECTION("create_bulk_operation_with_opts", OP_LAYER_UPDATE),
	COLLECTION("remove", OP_LAYER_DELETE),
	COLLECTION("delete", OP_LAYER_DELETE),
	COLLECTION("delete_one", OP_LAYER_DELETE),
	COLLECTION("delete_many", OP_LAYER_DELETE),
	COLLECTION("drop", OP_LAYER_DELETE),
	COLLECTION("drop_with_opts", OP_LAYER_DELETE),
	COLLECTION("rename", OP_LAYER_UPDATE),
	COLLECTION("rename_with_opts", OP_LAYER_UPDATE),
	CLIENT_COMMAND("command_simple", 2, 0),
	CLIENT_COMMAND("command_simple_with_server_id", 2, 0),
	CLIENT_COMMAND("command_with_opts", 2, 0),
	CLIENT_COMMAND("read_command_with_opts", 2, 0),
	CLIENT_COMMAND("write_command_with_opts", 2, 0),
	CLIENT_COMMAND("read_write_command_with_opts", 2, 0),
	CLIENT_COMMAND("command", 6, PROBE_STACK_ARGS),
	COMMANDS("database"),
	COMMANDS("collection"),
	WHOLE("database_aggregate"),
	WHOLE("database_watch"),
	WHOLE("client_watch"),
	WHOLE("database_drop"),
	WHOLE("database_drop_with_opts"),
	BULKWRITE("insertone", OP_LAYER_INSERT),
	BULKWRITE("updateone", OP_LAYER_UPDATE),
	BULKWRITE("updatemany", OP_LAYER_UPDATE),
	BULKWRITE("replaceone", OP_LAYER_UPDATE),
	BULKWRITE("deleteone", OP_LAYER_DELETE),
	BULKWRITE("deletemany", OP_LAYER_DELETE),
};

/* Statements are returned by the function that takes their text, so they are known at their first use. Source: cassandra.h 2.16. */
static const struct client_row cassandra_rows[] = {
	{ .symbol = "cass_cluster_set_contact_points", .op = OP_LAYER_SERVER, TEXT(NUL, 1, -1) },
	{ .symbol = "cass_cluster_set_contact_points_n", .op = OP_LAYER_SERVER, TEXT(LEN, 1, 2) },
	{ .symbol = "cass_cluster_set_credentials", .op = OP_LAYER_USER, TEXT(NUL, 1, -1) },
	{ .symbol = "cass_cluster_set_credentials_n", .op = OP_LAYER_USER, TEXT(LEN, 1, 2) },
	{ .symbol = "cass_session_connect", .op = OP_LAYER_LINK, .also_args = 1 << 1 },
	{ .symbol = "cass_session_connect_keyspace", .op = OP_LAYER_LINK, TEXT(NUL, 2, -1), .also_args = 1 << 1 },
	{ .symbol = "cass_session_connect_keyspace_n", .op = OP_LAYER_LINK, TEXT(LEN, 2, 3), .also_args = 1 << 1 },
	{ .symbol = "cass_statement_new", .op = OP_LAYER_CREATE, .flags = MAIN, TEXT(NUL, 0, -1) },
	{ .symbol = "cass_statement_new_n", .op = OP_LAYER_CREATE, .flags = ROW_MARKER, TEXT(LEN, 0, 1) },
	{ .symbol = "cass_session_prepare", .op = OP_LAYER_CREATE, .flags = MAIN, TEXT(NUL, 1, -1) },
	{ .symbol = "cass_session_prepare_n", .op = OP_LAYER_CREATE, .flags = ROW_MARKER, TEXT(LEN, 1, 2) },
	{ .symbol = "cass_prepared_bind", .op = OP_LAYER_DERIVE, .flags = ROW_ESSENTIAL },
	{ .symbol = "cass_session_execute", .op = OP_LAYER_EXECUTE, .flags = ROW_ESSENTIAL, .handle = 1 },
	{ .symbol = "cass_batch_add_statement", .op = OP_LAYER_EXECUTE, .flags = ROW_ESSENTIAL, .handle = 1 },
	VALUE("cass_statement_bind_null", NULL),
	VALUE("cass_statement_bind_int32", INT32),
	VALUE("cass_statement_bind_int64", INT),
	VALUE("cass_statement_bind_bool", BOOL),
	VALUE("cass_statement_bind_double", OTHER),
	VALUE_TEXT("cass_statement_bind_string", STRING, NUL, -1),
	VALUE_TEXT("cass_statement_bind_string_n", STRING, LEN, 3),
	VALUE_TEXT("cass_statement_bind_bytes", BYTES, LEN, 3),
	VALUE("cass_statement_bind_uuid", OTHER),
	VALUE("cass_statement_bind_string_by_name", NAMED),
	VALUE("cass_statement_bind_int32_by_name", NAMED),
	{ .symbol = "cass_statement_set_consistency", .op = OP_LAYER_BIND },
	{ .symbol = "cass_statement_set_paging_size", .op = OP_LAYER_BIND },
	{ .symbol = "cass_statement_free", .op = OP_LAYER_CLOSE, .flags = ROW_ESSENTIAL },
	{ .symbol = "cass_prepared_free", .op = OP_LAYER_CLOSE },
};

_Static_assert(ARRAY_SIZE(mongoc_rows) <= ROWS_MAX && ARRAY_SIZE(duckdb_rows) <= ROWS_MAX && ARRAY_SIZE(cassandra_rows) <= ROWS_MAX,
	       "ROWS_MAX");

const struct client_family duckdb_family = {
	"duckdb",
	{ "duckdb_", "duckdb13ClientContext" },
	.system = SYSTEM_DUCKDB,
	.rows = duckdb_rows,
	.nrows = ARRAY_SIZE(duckdb_rows),
	.conn = duckdb_conn,
	.nconn = ARRAY_SIZE(duckdb_conn),
};

const struct client_family oci_family = {
	"oci", { "OCIStmt" }, .system = SYSTEM_ORACLE, .rows = oci_rows, .nrows = ARRAY_SIZE(oci_rows),
};

const struct client_family mongoc_family = {
	"mongoc", { "mongoc_collection_" }, .system = SYSTEM_MONGODB, .rows = mongoc_rows, .nrows = ARRAY_SIZE(mongoc_rows),
};

const struct client_family cassandra_family = {
	"cassandra", { "cass_s" }, .system = SYSTEM_CASSANDRA, .rows = cassandra_rows, .nrows = ARRAY_SIZE(cassandra_rows),
};
