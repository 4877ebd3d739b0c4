import { describe } from 'vitest';
import { buildCases } from './build-store/builds.ts';
import { eventCases } from './build-store/events.ts';
import { leaseCases } from './build-store/leases.ts';
import { listCases } from './build-store/lists.ts';
import { logCases } from './build-store/logs.ts';
import type { OpenStore } from './build-store/open-store.ts';
import { pastRunCases } from './build-store/past-runs.ts';
import { queueCases } from './build-store/queue.ts';
import { retentionCases } from './build-store/retention.ts';
import { roundTripCases } from './build-store/round-trip.ts';
import { tagCases } from './build-store/tags.ts';
import { trendCases } from './build-store/trends.ts';

/** The behaviour of every build store, on any database. */
export function describeBuildStore(name: string, open: OpenStore): void {
  describe(`${name} as a build store`, () => {
    describe('builds', () => buildCases(open));
    describe('tags', () => tagCases(open));
    describe('queue', () => queueCases(open));
    describe('lists', () => listCases(open));
    describe('past runs', () => pastRunCases(open));
    describe('trends', () => trendCases(open));
    describe('events', () => eventCases(open));
    describe('leases', () => leaseCases(open));
    describe('logs', () => logCases(open));
    describe('retention', () => retentionCases(open));
    describe('round trips', () => roundTripCases(open));
  });
}
