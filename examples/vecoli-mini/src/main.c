#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cell.h"

#ifndef GIT_HASH
#define GIT_HASH "unknown"
#endif

#if defined(__aarch64__)
#define MACHINE "aarch64"
#elif defined(__x86_64__)
#define MACHINE "x86_64"
#else
#error "vecoli-mini is built for aarch64 and x86_64"
#endif

static int usage(void) {
  fputs("usage: vecoli-mini [--seed N] [--generations N] | --version\n", stderr);
  return 2;
}

static int parse_number(const char *text, uint64_t *value) {
  char *end;
  *value = strtoull(text, &end, 10);
  return *text >= '0' && *text <= '9' && *end == '\0';
}

int main(int count, char **words) {
  uint64_t seed = 1, generations = 3;
  if (count == 2 && strcmp(words[1], "--version") == 0) {
    puts("vecoli-mini " GIT_HASH " on " MACHINE);
    return 0;
  }
  for (int n = 1; n < count; n += 2) {
    uint64_t *option = strcmp(words[n], "--seed") == 0 ? &seed : strcmp(words[n], "--generations") == 0 ? &generations : NULL;
    if (option == NULL || n + 1 == count || !parse_number(words[n + 1], option)) return usage();
  }
  puts("vecoli-mini " GIT_HASH " on " MACHINE);
  cell living;
  cell_init(&living);
  for (uint64_t generation = 1; generation <= generations; generation++) {
    life lived = cell_live(&living, &seed);
    printf("generation %" PRIu64 ": divided after %" PRIu64 ".%02" PRIu64 " min, %" PRIu64 " reactions, %" PRIu64 " proteins\n",
           generation, lived.microseconds / 60000000u, lived.microseconds % 60000000u / 600000u, lived.reactions,
           cell_proteins(&living));
  }
  return 0;
}
