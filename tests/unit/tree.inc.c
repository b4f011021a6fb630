// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* A temporary folder that goes when the test ends, also when it fails: tree_make() in the test, tree_remove as its teardown. */
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char tree_dir[32];

static const char *tree_make(void)
{
	strcpy(tree_dir, "/tmp/qprov-test-XXXXXX");
	return mkdtemp(tree_dir);
}

static int tree_unlink(const char *path, const struct stat *st, int kind, struct FTW *where)
{
	(void)st, (void)kind, (void)where;
	return remove(path);
}

static int tree_remove(void **state)
{
	(void)state;
	return tree_dir[0] ? nftw(tree_dir, tree_unlink, 8, FTW_DEPTH | FTW_PHYS) : 0;
}
