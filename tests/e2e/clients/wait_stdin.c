// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Lives until its standard input ends. */
#include <unistd.h>

int main(void)
{
	char c;

	while (read(0, &c, 1) > 0)
		;
	return 0;
}
