// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Passwords leave connection strings, whatever their form and width, and nothing else does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "capture/secret.h"

static const struct {
	const char *in, *out;
} cases[] = {
	{ "", "" },
	{ "DSN=crm", "DSN=crm" },
	{ "DSN=crm;UID=ann;PWD=geheim", "DSN=crm;UID=ann;PWD=******" },
	{ "pwd=geheim;dsn=crm", "pwd=******;dsn=crm" },
	{ "Password = x y ;Server=db7", "Password =*****;Server=db7" },
	{ "PWD={a;b};UID=ann", "PWD=*****;UID=ann" },
	{ "PWD={a}};b};UID=ann", "PWD=*******;UID=ann" },
	{ "PWD={never closed;UID=ann", "PWD=*********************" },
	{ "UID={PWD=no};PWD=yes", "UID={PWD=no};PWD=***" },
	{ "PWD=", "PWD=" },
	{ "PWD", "PWD" },
	{ "MYPWD=x;PWDX=y", "MYPWD=x;PWDX=y" },
	{ "NEWPWD=neu", "NEWPWD=***" },
	{ "PWD=a=b;X=1", "PWD=***;X=1" },
	{ "mongodb://ann:geheim@db7:27017/crm", "mongodb://ann:******@db7:27017/crm" },
	{ "mongodb://ann:ge:h@eim@db7/crm?x=y", "mongodb://ann:********@db7/crm?x=y" },
	{ "mongodb://ann@db7:27017/crm", "mongodb://ann@db7:27017/crm" },
	{ "mongodb://db7:27017,db8:27018/crm", "mongodb://db7:27017,db8:27018/crm" },
	{ "mongodb://db7", "mongodb://db7" },
	{ "mongodb://ann:gehe", "mongodb://ann:****" },
	{ "mongodb://", "mongodb://" },
	{ "x:/", "x:/" },
	{ "URL=http://db7;PWD=geheim", "URL=http://db7;PWD=******" },
};

static void widths(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t n = strlen(cases[i].in);

		for (unsigned unit = 1; unit <= 4; unit *= 2) {
			/* Exactly as large as the text: a byte too far is found by the sanitizer. */
			char *text = calloc(n ? n : 1, unit);

			assert_non_null(text);
			for (size_t k = 0; k < n; k++)
				text[k * unit] = cases[i].in[k];
			secret_mask(text, n * unit, unit);
			for (size_t k = 0; k < n; k++)
				assert_int_equal(text[k * unit], cases[i].out[k]);
			free(text);
		}
	}
}

/* Cut at any length: what is there of the password is masked. */
static void truncated(void **state)
{
	const char *in = "DSN=crm;PWD={ge}}h;eim};UID=ann";

	(void)state;
	for (size_t n = 0; n <= strlen(in); n++) {
		char *text = malloc(n ? n : 1);

		assert_non_null(text);
		memcpy(text, in, n);
		secret_mask(text, n, 1);
		for (size_t k = 13; k < n && k < 22; k++)
			assert_int_equal(text[k], '*');
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(widths), cmocka_unit_test(truncated) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
