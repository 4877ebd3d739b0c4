import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sampleBuild, samplePlan } from '../../test/helpers/sample-builds.ts';
import type { Build } from './build.ts';
import { admit, buildsAhead, type Contender, placesInQueue, type TagClaim } from './queue.ts';
import type { WhenBusy } from './queue-policy.ts';

const plan = samplePlan();

function contender(id: string, change: Partial<Build> = {}, branch: string | undefined = 'main'): Contender {
  return { build: sampleBuild(plan, { id, ...change }), branch };
}

const waiting = (id: string, whenBusy: WhenBusy = 'queue-newest', change: Partial<Build> = {}): Contender =>
  contender(id, { state: 'waiting', queue: { behind: 'running', whenBusy }, ...change });
const running = contender('running');
const newcomer = contender('new');
const superseded = { type: 'build.superseded', supersededBy: 'new' };
const cancelled = { type: 'build.cancel-requested', supersededBy: 'new' };

function outcome(rivals: readonly Contender[], whenBusy: WhenBusy) {
  const { behind, displaced } = admit(newcomer, rivals, whenBusy);
  return { behind, displaced: Object.fromEntries(displaced.map(({ build, event }) => [build.id, event])) };
}

describe('admit', () => {
  it('queues the newest push and supersedes older waiting builds', () => {
    expect(outcome([running, waiting('old')], 'queue-newest')).toEqual({
      behind: 'running',
      displaced: { old: superseded },
    });
  });

  it('queues all builds in order', () => {
    expect(outcome([running, waiting('old', 'queue-all')], 'queue-all')).toEqual({ behind: 'old', displaced: {} });
  });

  it('cancels the running build for a newer one, and supersedes waiting builds', () => {
    expect(outcome([running, waiting('old', 'queue-all')], 'supersede')).toEqual({
      behind: 'running',
      displaced: { running: cancelled, old: superseded },
    });
  });

  it.each([
    ['publishes', contender('running', { state: 'publishing' })],
    ['is being cancelled', contender('running', { cancelRequestedAt: 1 })],
    ['is of another branch', contender('running', {}, 'release/1')],
    ['is of another recipe', contender('running', { recipe: 'other' })],
    ['is of another repository', contender('running', { repository: 'https://git.example/acme/other.git' })],
  ])('does not touch a running build that %s', (_what, rival) => {
    expect(outcome([rival], 'supersede')).toEqual({ behind: 'running', displaced: {} });
  });

  it('keeps a waiting build that uses queue-all or belongs to another branch', () => {
    const other = contender('other', waiting('other').build, 'release/1');
    expect(outcome([running, waiting('kept', 'queue-all')], 'queue-newest').displaced).toEqual({});
    expect(outcome([running, other], 'queue-newest')).toEqual({ behind: 'other', displaced: {} });
  });

  it('starts a build at once if it supersedes all builds ahead of it', () => {
    expect(outcome([waiting('old')], 'queue-newest')).toEqual({ behind: undefined, displaced: { old: superseded } });
  });
});

describe('placesInQueue', () => {
  const claim = (buildId: string, tag: string, isWaiting: boolean): TagClaim => ({
    ...{ buildId, tag, destination: 'registry.example/model', waiting: isWaiting },
  });

  it('names the last build ahead of each waiting one', () => {
    const claims = [
      claim('live', 'main', false),
      claim('first', 'main', true),
      claim('first', 'a', true),
      claim('second', 'b', true),
      claim('third', 'a', true),
      claim('third', 'main', true),
    ];
    expect([...placesInQueue(claims)]).toEqual([
      ['first', 'live'],
      ['second', null],
      ['third', 'first'],
    ]);
  });

  it('starts no build early, and each one once those ahead of it have ended', () => {
    const tags = fc.subarray(['a', 'b', 'c', 'd'], { minLength: 1 });
    fc.assert(
      fc.property(fc.array(tags, { maxLength: 12 }), fc.infiniteStream(fc.nat()), (wanted, numbers) => {
        const live = new Map<string, readonly string[]>();
        const queue = new Map(wanted.map((each, index) => [`build ${String(index)}`, each]));
        const starts: string[] = [];
        while (queue.size > 0 || live.size > 0) {
          const places = placesInQueue([
            ...[...live].flatMap(([id, each]) => each.map((tag) => claim(id, tag, false))),
            ...[...queue].flatMap(([id, each]) => each.map((tag) => claim(id, tag, true))),
          ]);
          expect([...places.keys()]).toEqual([...queue.keys()]);
          for (const [id, behind] of places) {
            if (behind !== null) continue;
            const own = queue.get(id) ?? [];
            expect([...live.values()].flat().filter((tag) => own.includes(tag))).toEqual([]);
            live.set(id, own);
            queue.delete(id);
            starts.push(id);
          }
          expect(live.size).toBeGreaterThan(0);
          live.delete([...live.keys()][Number(numbers.next().value) % live.size] ?? '');
        }
        for (const tag of ['a', 'b', 'c', 'd']) {
          const wanting = wanted.flatMap((each, index) => (each.includes(tag) ? [`build ${String(index)}`] : []));
          expect(starts.filter((id) => wanting.includes(id))).toEqual(wanting);
        }
      }),
    );
  });
});

it('counts the builds that have to end before one starts', () => {
  const claim = (buildId: string, tag: string, isWaiting: boolean): TagClaim => {
    return { buildId, destination: 'registry.example/a', tag, waiting: isWaiting };
  };
  const claims = [
    claim('running', 'main', false),
    claim('other', 'release', false),
    claim('first', 'main', true),
    claim('second', 'main', true),
    claim('second', 'other', true),
    claim('apart', 'new', true),
  ];
  expect(['running', 'first', 'second', 'apart', 'unknown'].map((id) => buildsAhead(id, claims))).toEqual([
    0, 1, 2, 0, 0,
  ]);
});
