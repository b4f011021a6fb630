// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* libmongoc, each function once that names a collection or a command. With an argument it waits for a line of input first. */
#include <stdio.h>
#include <string.h>

#include <mongoc/mongoc.h>

/* By a connection that is taken from a pool, in a database that has its own object; each function that takes a collection once. */
static void each(mongoc_collection_t *c, bson_t *any, const bson_t *filled)
{
	mongoc_find_and_modify_opts_t *opts = mongoc_find_and_modify_opts_new();
	mongoc_bulk_operation_t *bulk;
	bson_error_t e;

	mongoc_cursor_destroy(mongoc_collection_find(c, MONGOC_QUERY_NONE, 0, 0, 0, any, NULL, NULL));
	mongoc_collection_count_documents(c, any, NULL, NULL, NULL, &e);
	mongoc_collection_count(c, MONGOC_QUERY_NONE, any, 0, 0, NULL, &e);
	mongoc_collection_count_with_opts(c, MONGOC_QUERY_NONE, any, 0, 0, NULL, NULL, &e);
	mongoc_collection_estimated_document_count(c, NULL, NULL, NULL, &e);
	mongoc_change_stream_destroy(mongoc_collection_watch(c, any, NULL));
	mongoc_collection_insert_many(c, &filled, 1, NULL, NULL, &e);
	mongoc_collection_insert(c, MONGOC_INSERT_NONE, filled, NULL, &e);
	mongoc_collection_insert_bulk(c, MONGOC_INSERT_NONE, &filled, 1, NULL, &e);
	mongoc_collection_update(c, MONGOC_UPDATE_NONE, any, filled, NULL, &e);
	mongoc_collection_update_many(c, any, any, NULL, NULL, &e);
	mongoc_collection_replace_one(c, any, filled, NULL, NULL, &e);
	mongoc_collection_save(c, filled, NULL, &e);
	mongoc_collection_find_and_modify(c, any, NULL, filled, NULL, false, false, false, NULL, &e);
	mongoc_collection_find_and_modify_with_opts(c, any, opts, NULL, &e);
	bulk = mongoc_collection_create_bulk_operation(c, true, NULL);
	mongoc_bulk_operation_insert(bulk, filled);
	mongoc_bulk_operation_execute(bulk, NULL, &e);
	mongoc_bulk_operation_destroy(bulk);
	bulk = mongoc_collection_create_bulk_operation_with_opts(c, NULL);
	mongoc_bulk_operation_destroy(bulk);
	mongoc_collection_remove(c, MONGOC_REMOVE_NONE, any, NULL, &e);
	mongoc_collection_delete(c, MONGOC_DELETE_NONE, any, NULL, &e);
	mongoc_collection_delete_one(c, any, NULL, NULL, &e);
	mongoc_collection_rename(c, "social", "kept", false, &e);
	mongoc_collection_drop(c, &e);
	mongoc_collection_drop_with_opts(c, NULL, &e);
	mongoc_find_and_modify_opts_destroy(opts);
}

/* Commands, which name what they are about in a document. */
static void commands(mongoc_client_t *client, mongoc_collection_t *c, bson_t *any)
{
	bson_t *find = BCON_NEW("find", "user_ip_log"), *aggregate = BCON_NEW("aggregate", "posts", "pipeline", "[", "]"),
	       *large = bson_new(), *ping = BCON_NEW("ping", BCON_INT32(1)), *whole = BCON_NEW("aggregate", BCON_INT32(1)),
	       *create = BCON_NEW("create", "user_ip_log");
	mongoc_database_t *db = mongoc_client_get_database(client, "social");
	bson_error_t e;
	char padding[200];

	memset(padding, 'x', sizeof(padding) - 1);
	padding[sizeof(padding) - 1] = '\0';
	BSON_APPEND_UTF8(large, "find", "user_ip_log");
	BSON_APPEND_UTF8(large, "comment", padding);
	mongoc_client_command_simple(client, "social", find, NULL, NULL, &e);
	mongoc_client_read_command_with_opts(client, "social", aggregate, NULL, NULL, NULL, &e);
	mongoc_client_write_command_with_opts(client, "social", large, NULL, NULL, &e);
	mongoc_client_read_write_command_with_opts(client, "social", ping, NULL, NULL, NULL, &e);
	mongoc_client_command_with_opts(client, "social", whole, NULL, NULL, NULL, &e);
	mongoc_cursor_destroy(mongoc_client_command(client, "social", MONGOC_QUERY_NONE, 0, 0, 0, find, NULL, NULL));
	mongoc_database_command_simple(db, create, NULL, NULL, &e);
	mongoc_database_read_command_with_opts(db, find, NULL, NULL, NULL, &e);
	mongoc_cursor_destroy(mongoc_database_command(db, MONGOC_QUERY_NONE, 0, 0, 0, find, NULL, NULL));
	mongoc_cursor_destroy(mongoc_database_aggregate(db, any, NULL, NULL));
	mongoc_change_stream_destroy(mongoc_client_watch(client, any, NULL));
	mongoc_collection_command_simple(c, find, NULL, NULL, &e);
	mongoc_collection_write_command_with_opts(c, find, NULL, NULL, &e);
	mongoc_database_drop(db, &e);
	mongoc_database_destroy(db);
	bson_destroy(find);
	bson_destroy(aggregate);
	bson_destroy(large);
	bson_destroy(ping);
	bson_destroy(whole);
	bson_destroy(create);
}

static void from_pool(mongoc_uri_t *uri, bson_t *any, const bson_t *filled)
{
	mongoc_client_pool_t *pool = mongoc_client_pool_new_with_error(uri, NULL);
	mongoc_client_t *client = mongoc_client_pool_pop(pool);
	mongoc_database_t *db = mongoc_client_get_database(client, "social");
	mongoc_collection_t *c = mongoc_database_get_collection(db, "user_ip_log");

	each(c, any, filled);
	commands(client, c, any);
	mongoc_collection_destroy(c);
	mongoc_database_destroy(db);
	mongoc_client_pool_push(pool, client);
	mongoc_client_pool_destroy(pool);
}

static void work(void)
{
	mongoc_client_t *client;
	mongoc_collection_t *c;
	mongoc_uri_t *uri;
	bson_t *any = bson_new(), *filled = BCON_NEW("_id", BCON_INT32(1));
	bson_error_t e;

	mongoc_init();
	/* Nobody listens there: what is asked for fails, after it was asked for. */
	client = mongoc_client_new("mongodb://ann:geheim@127.0.0.1:1/admin?serverSelectionTimeoutMS=10");
	c = mongoc_client_get_collection(client, "social", "user_ip_log");
	mongoc_cursor_destroy(mongoc_collection_find_with_opts(c, any, NULL, NULL));
	mongoc_cursor_destroy(mongoc_collection_aggregate(c, MONGOC_QUERY_NONE, any, NULL, NULL));
	mongoc_collection_insert_one(c, any, NULL, NULL, &e);
	mongoc_collection_update_one(c, any, any, NULL, NULL, &e);
	mongoc_collection_delete_many(c, any, NULL, NULL, &e);
	mongoc_collection_destroy(c);
	mongoc_client_destroy(client);
	uri = mongoc_uri_new_with_error("mongodb://ann:geheim@127.0.0.1:1/admin?serverSelectionTimeoutMS=10", &e);
	from_pool(uri, any, filled);
	mongoc_uri_destroy(uri);
	bson_destroy(any);
	bson_destroy(filled);
	mongoc_cleanup();
}

int main(int argc, char **argv)
{
	(void)argv;
	if (argc > 1 && getchar() == EOF)
		return 0;
	work();
	return 0;
}
