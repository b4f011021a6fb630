// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "redact/sql_words.h"

bool sql_key_function(struct slice name)
{
	static const char *const names[] = { "AES_ENCRYPT",
					     "AES_DECRYPT",
					     "DES_ENCRYPT",
					     "DES_DECRYPT",
					     "ENCRYPT",
					     "DECRYPT",
					     "ENCRYPT_IV",
					     "DECRYPT_IV",
					     "PGP_SYM_ENCRYPT",
					     "PGP_SYM_DECRYPT",
					     "PGP_SYM_ENCRYPT_BYTEA",
					     "PGP_SYM_DECRYPT_BYTEA",
					     "PGP_PUB_DECRYPT",
					     "PGP_PUB_DECRYPT_BYTEA",
					     "ENCRYPTBYPASSPHRASE",
					     "DECRYPTBYPASSPHRASE",
					     "ADD_PARQUET_KEY",
					     "SQLCIPHER_CODEC_PRAGMA",
					     "CRYPT",
					     "HMAC",
					     NULL };

	return slice_ieq_any(name, names);
}

bool sql_key_pragma(struct slice name)
{
	static const char *const names[] = { "KEY", "REKEY", "HEXKEY", "HEXREKEY", "TEXTKEY", "TEXTREKEY", NULL };

	return slice_ieq_any(name, names);
}

bool sql_password_procedure(struct slice name)
{
	static const char *const names[] = { "SP_ADDLOGIN",           "SP_PASSWORD",
					     "SP_ADDLINKEDSRVLOGIN",  "SP_SETAPPROLE",
					     "SP_ADDAPPROLE",         "SP_ADDREMOTELOGIN",
					     "SP_APPROLEPASSWORD",    "SP_CONTROL_DBMASTERKEY_PASSWORD",
					     "SP_CHANGE_USERS_LOGIN", NULL };

	return slice_ieq_any(name, names);
}

unsigned sql_login_function(struct slice name, bool bare)
{
	static const char *const databases[] = { "MYSQL", "POSTGRESQL", "MONGODB", "SQLSERVER", NULL };
	static const char *const servers[] = { "REMOTE", "REMOTESECURE", NULL };
	static const char *const stores[] = { "S3", "S3CLUSTER", "GCS", "COSN", "OSS", "AZUREBLOBSTORAGE", NULL };

	if (slice_ieq_any(name, databases)) /* host, database, table, user, password; host, database, user, password */
		return 4;
	if (slice_ieq_any(name, servers)) /* host, db.t, user, password */
		return bare ? 2 : 4;
	return slice_ieq_any(name, stores) ? 2 : 0; /* URL, key, secret */
}
