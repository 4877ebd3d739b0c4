#ifndef CELL_H
#define CELL_H

#include <stdint.h>

enum { GENES = 16 };

/* Integer state and integer arithmetic where it decides, so that a life is the same on every architecture. */
typedef struct {
  uint32_t messengers[GENES];
  uint32_t proteins[GENES];
  uint64_t mass;
} cell;

typedef struct {
  uint64_t microseconds; /* of simulated time */
  uint64_t reactions;
} life;

void cell_init(cell *newborn);
uint64_t cell_proteins(const cell *living);

/* Lets the cell live until it has doubled its mass, then halves it; `random` is the state of the generator. */
life cell_live(cell *living, uint64_t *random);

#endif
