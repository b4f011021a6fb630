// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Functions of Oracle's OCI as oci.h and ociap.h declare them, for the stand-in and its client. */
#ifndef STANDIN_OCI_H
#define STANDIN_OCI_H

#include <stdint.h>

int OCIStmtPrepare(void *stmt, void *err, const unsigned char *text, uint32_t len, uint32_t lang, uint32_t mode);
int OCIStmtPrepare2(void *svc, void **stmt, void *err, const unsigned char *text, uint32_t len, const unsigned char *key, uint32_t key_len,
		    uint32_t lang, uint32_t mode);
int OCIStmtExecute(void *svc, void *stmt, void *err, uint32_t iters, uint32_t off, const void *in, void *out, uint32_t mode);
int OCIStmtRelease(void *stmt, void *err, unsigned char *key, uint32_t key_len, uint32_t mode);
int OCIStmtFetch2(void *stmt, void *err, uint32_t n, uint16_t orientation, int32_t off, uint32_t mode);
int OCIServerAttach(void *srv, void *err, const unsigned char *link, int32_t len, uint32_t mode);
int OCIAttrSet(void *of, uint32_t kind, void *value, uint32_t size, uint32_t which, void *err);
int OCIBindByPos(void *stmt, void **bind, void *err, uint32_t n, void *value, int32_t size, uint16_t type, void *ind, uint16_t *len,
		 uint16_t *code, uint32_t max, uint32_t *now, uint32_t mode);
int OCIBindByPos2(void *stmt, void **bind, void *err, uint32_t n, void *value, int64_t size, uint16_t type, void *ind, uint32_t *len,
		  uint16_t *code, uint32_t max, uint32_t *now, uint32_t mode);
int OCIBindByName(void *stmt, void **bind, void *err, const unsigned char *name, int32_t name_len, void *value, int32_t size, uint16_t type,
		  void *ind, uint16_t *len, uint16_t *code, uint32_t max, uint32_t *now, uint32_t mode);
int OCILogon(void *env, void *err, void **svc, const unsigned char *user, uint32_t user_len, const unsigned char *password,
	     uint32_t password_len, const unsigned char *db, uint32_t db_len);

#endif
