// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * many_libs hold FILE...: maps each library, says "mapped" and waits for the end of its standard input.
 * many_libs pass FILE COUNT US: COUNT times a fresh copy of the library beside it is mapped for US microseconds, unmapped and removed.
 * many_libs fork COUNT: COUNT processes that end at once, every tenth one by way of /bin/true.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static int hold(char **files)
{
	char c;

	for (; *files; files++)
		if (!dlopen(*files, RTLD_LAZY | RTLD_LOCAL)) {
			fprintf(stderr, "%s\n", dlerror());
			return 1;
		}
	puts("mapped");
	fflush(stdout);
	while (read(0, &c, 1) > 0)
		;
	return 0;
}

static int copy(const char *from, const char *to)
{
	char *data;
	struct stat st;
	int in = open(from, O_RDONLY), out = open(to, O_WRONLY | O_CREAT | O_EXCL, 0755), bad;

	if (in < 0 || out < 0 || fstat(in, &st) || !(data = malloc((size_t)st.st_size)))
		return -1;
	bad = read(in, data, (size_t)st.st_size) != st.st_size || write(out, data, (size_t)st.st_size) != st.st_size;
	free(data);
	close(in);
	close(out);
	return bad;
}

static int pass(const char *file, int count, unsigned us)
{
	for (int i = 0; i < count; i++) {
		char name[4096];
		void *h;

		snprintf(name, sizeof(name), "%s.%d", file, i);
		if (copy(file, name) || !(h = dlopen(name, RTLD_LAZY | RTLD_LOCAL)))
			return 1;
		usleep(us);
		dlclose(h);
		unlink(name);
	}
	return 0;
}

static int forks(int count)
{
	for (int i = 0; i < count; i++) {
		pid_t pid = fork();

		if (pid == 0) {
			if (i % 10 == 0)
				execl("/bin/true", "true", NULL);
			_exit(0);
		}
		waitpid(pid, NULL, 0);
	}
	return 0;
}

int main(int argc, char **argv)
{
	if (argc > 2 && !strcmp(argv[1], "hold"))
		return hold(argv + 2);
	if (argc > 4 && !strcmp(argv[1], "pass"))
		return pass(argv[2], atoi(argv[3]), (unsigned)atoi(argv[4]));
	if (argc > 2 && !strcmp(argv[1], "fork"))
		return forks(atoi(argv[2]));
	return 2;
}
