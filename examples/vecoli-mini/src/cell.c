#include "cell.h"

/*
 * Four reactions a gene, rates in events per simulated second, scaled by 2^20:
 * transcription, translation, and the decay of messengers and of proteins.
 */
enum { TRANSCRIPTION, TRANSLATION, MESSENGER_DECAY, PROTEIN_DECAY, REACTIONS };

static const uint64_t DIVISION_MASS = 1800;

static uint64_t next_random(uint64_t *state) {
  /* splitmix64 */
  uint64_t value = (*state += 0x9e3779b97f4a7c15ULL);
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9ULL;
  value = (value ^ (value >> 27)) * 0x94d049bb133111ebULL;
  return value ^ (value >> 31);
}

static uint64_t rate_of(const cell *living, int gene, int reaction) {
  switch (reaction) {
    case TRANSCRIPTION: return 3000u + 400u * (uint64_t)gene;
    case TRANSLATION: return 13000u * (uint64_t)living->messengers[gene];
    case MESSENGER_DECAY: return 1100u * (uint64_t)living->messengers[gene];
    default: return 4u * (uint64_t)living->proteins[gene];
  }
}

static void react(cell *living, int gene, int reaction) {
  switch (reaction) {
    case TRANSCRIPTION: living->messengers[gene]++; break;
    case TRANSLATION: living->proteins[gene]++; living->mass++; break;
    case MESSENGER_DECAY: living->messengers[gene]--; break;
    default: living->proteins[gene]--; break;
  }
}

/* -ln(u) for u in (0, 1], scaled by 2^16, by the series of log2: no libm, whose last digit differs between machines. */
static uint64_t exponential(uint64_t *random) {
  uint64_t u = (next_random(random) >> 32) | 1u; /* 32 bits, never zero */
  uint64_t log2 = 0;
  int exponent = 63 - __builtin_clzll(u);
  uint64_t mantissa = u << (31 - exponent); /* in [2^31, 2^32) */
  for (int bit = 15; bit >= 0; bit--) {
    mantissa = (mantissa * mantissa) >> 31;
    if (mantissa >> 32) {
      mantissa >>= 1;
      log2 |= 1ull << bit;
    }
  }
  log2 += (uint64_t)exponent << 16;
  return (((32ull << 16) - log2) * 45426u) >> 16; /* ln 2 = 45426 / 2^16 */
}

void cell_init(cell *newborn) {
  newborn->mass = DIVISION_MASS / 2;
  for (int gene = 0; gene < GENES; gene++) {
    newborn->messengers[gene] = 1;
    newborn->proteins[gene] = (uint32_t)(newborn->mass / GENES);
  }
}

uint64_t cell_proteins(const cell *living) {
  uint64_t sum = 0;
  for (int gene = 0; gene < GENES; gene++) sum += living->proteins[gene];
  return sum;
}

static void divide(cell *living, uint64_t *random) {
  for (int gene = 0; gene < GENES; gene++) {
    living->messengers[gene] = (living->messengers[gene] + (uint32_t)(next_random(random) & 1u)) / 2;
    living->proteins[gene] = (living->proteins[gene] + (uint32_t)(next_random(random) & 1u)) / 2;
  }
  living->mass /= 2;
}

life cell_live(cell *living, uint64_t *random) {
  life lived = {0, 0};
  while (living->mass < DIVISION_MASS) {
    uint64_t rates[GENES * REACTIONS];
    uint64_t total = 0;
    for (int n = 0; n < GENES * REACTIONS; n++) total += rates[n] = rate_of(living, n / REACTIONS, n % REACTIONS);
    lived.microseconds += (exponential(random) << 4) * 1000000u / total;
    uint64_t chosen = next_random(random) % total;
    int n = 0;
    while (chosen >= rates[n]) chosen -= rates[n++];
    react(living, n / REACTIONS, n % REACTIONS);
    lived.reactions++;
  }
  divide(living, random);
  return lived;
}
