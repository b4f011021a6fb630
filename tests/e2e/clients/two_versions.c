// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* A function under one name in two versions: the probe can only be on one of them. Linked with a version script: V1 {}; V2 {} V1; */
int old_send(void *conn, const char *sql);
int new_send(void *conn, const char *sql);
void PQclear(void *result);

static volatile int calls;

__asm__(".symver old_send,PQsendQuery@V1");
__asm__(".symver new_send,PQsendQuery@@V2");

int old_send(void *conn, const char *sql)
{
	return calls += conn && sql;
}

int new_send(void *conn, const char *sql)
{
	return calls += conn && sql ? 2 : 3;
}

void PQclear(void *result)
{
	calls += result ? 8 : 9;
}
