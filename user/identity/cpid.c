// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "identity/cpid.h"

#include <errno.h>
#include <string.h>

#include <sodium.h>

#define TICK_NS 10000000u /* USER_HZ is 100 on every architecture we know */

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static int parse_uuid(struct slice text, unsigned char out[16])
{
	size_t n = 0;

	for (size_t i = 0; i < text.len; i++) {
		int v = hex_value(text.ptr[i]);

		if (text.ptr[i] == '-')
			continue;
		if (v < 0 || n == 32)
			return -EINVAL;
		out[n / 2] = (unsigned char)(n % 2 ? out[n / 2] | v : v << 4);
		n++;
	}
	return n == 32 ? 0 : -EINVAL;
}

int cpid(struct slice boot_id, uint32_t pid_ns, uint64_t start_ns, uint32_t ns_pid, char ret[CPID_TEXT])
{
	static const char digits[] = "0123456789abcdef";
	uint64_t numbers[3] = { pid_ns, start_ns / TICK_NS, ns_pid }; /* in the byte order of the machine, as the specification has it */
	unsigned char input[16 + sizeof(numbers)], hash[crypto_hash_sha256_BYTES];
	size_t at = 0;

	if (!pid_ns || !start_ns || !ns_pid || parse_uuid(boot_id, input))
		return -EINVAL;
	memcpy(input + 16, numbers, sizeof(numbers));
	crypto_hash_sha256(hash, input, sizeof(input));
	hash[6] = (hash[6] & 0x0f) | 0x80;
	hash[8] = (hash[8] & 0x3f) | 0x80;
	for (unsigned i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			ret[at++] = '-';
		ret[at++] = digits[hash[i] >> 4];
		ret[at++] = digits[hash[i] & 15];
	}
	return 0;
}
