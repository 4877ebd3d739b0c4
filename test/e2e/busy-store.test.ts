import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect } from 'vitest';
import { openSqliteStore } from '../../src/adapters/store/sqlite.ts';
import type { BuildJson } from '../../src/build-json/shapes.ts';
import type { GatedBuild } from '../helpers/e2e-gated-build.ts';
import { itWithBuild } from '../helpers/e2e-gated-test.ts';
import { expectPublished } from '../helpers/expect-published.ts';
import { pollUntil } from '../helpers/poll-until.ts';

describe('a store that several processes read continuously while a build runs', () => {
  itWithBuild('returns no error, and the build is unaffected', async ({ build }) => {
    const building = build.start(build.words('--json'));
    const { id } = await build.pausedAtGate();
    const over = new AbortController();
    const asked: string[] = [];
    const ask = async (...words: string[]): Promise<void> => {
      while (!over.signal.aborted) {
        const { exitCode, stderr } = await build.run(words);
        expect([words, exitCode, stderr]).toEqual([words, 0, '']);
        asked.push(words[0] ?? '');
      }
    };
    const asking = [ask('list', '--json'), ask('status', id, '--json'), readOn(build, id, over.signal)];
    await pollUntil('some answers', () => asked.length >= 4);
    build.letGo();
    const { exitCode, stdout, stderr } = await building;
    over.abort();
    await Promise.all(asking);
    expect(exitCode, stderr).toBe(0);
    expect(stderr).not.toMatch(/warning/i);
    await expectPublished(build.bed, JSON.parse(stdout) as BuildJson);
  });
});

/** Reads what followers read, hundreds of times a second, from one long-lived process. */
async function readOn(build: GatedBuild, id: string, signal: AbortSignal): Promise<void> {
  const store = await openSqliteStore(join(build.bed.stateFolder, 'twinhull.db'));
  try {
    while (!signal.aborted) {
      const [loaded] = await Promise.all([
        store.load(id),
        store.events({ buildId: id, after: 0, limit: 500 }),
        store.open(),
      ]);
      expect(loaded?.id).toBe(id);
      await pause(2);
    }
  } finally {
    await store.close();
  }
}
