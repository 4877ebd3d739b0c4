import fc from 'fast-check';
import { expect, it } from 'vitest';
import { FakeRegistry } from '../../../test/helpers/fake-registry.ts';
import { amd64, samplePlan } from '../../../test/helpers/sample-builds.ts';
import { patientTimeout } from '../../../test/helpers/soak.ts';
import { openSqliteStore } from '../../adapters/store/sqlite.ts';
import { TwinhullError } from '../../domain/errors/twinhull-error.ts';
import type { Plan, PlannedTag } from '../../domain/plan.ts';
import type { BuildStore, Lease } from '../../ports/build-store.ts';
import { BuildSession } from '../build-session.ts';
import { promote } from '../promote.ts';
import { submitBuild } from '../submit-build.ts';
import { publish } from './publish.ts';

const commits = ['a1', 'b2'].map((digits) => digits.repeat(20));
const tagNames = ['v1', 'latest', 'a1a1a1a', ...commits, `sim-${commits[0]}`];

interface Submit {
  readonly kind: 'submit';
  readonly commit: string;
  readonly repository: string;
  readonly recipe: string;
  readonly image: string;
  readonly tags: readonly { readonly tag: string; readonly moving: boolean }[];
  readonly force: boolean;
  /** What the image consists of: few values, so that builds sometimes produce the same digest. */
  readonly content: string;
  /** Another build is submitted before this one publishes. */
  readonly late: boolean;
}

interface Promote {
  readonly kind: 'promote';
  readonly commit: string;
  readonly tag: string;
  readonly force: boolean;
}

type Step = Submit | Promote | { readonly kind: 'foreign'; readonly tag: string } | { readonly kind: 'publish' };

const tag = fc.constantFrom(...tagNames);
const commit = fc.constantFrom(...commits);

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record<Submit>({
      kind: fc.constant('submit'),
      commit,
      repository: fc.constantFrom('https://git.example/one.git', 'https://git.example/two.git'),
      recipe: fc.constantFrom('first', 'second'),
      image: fc.constantFrom('task', 'submit'),
      tags: fc.uniqueArray(fc.record({ tag, moving: fc.boolean() }), {
        selector: (each) => each.tag,
        minLength: 1,
        maxLength: 3,
      }),
      force: fc.boolean(),
      content: fc.constantFrom('x', 'y', 'z'),
      late: fc.boolean(),
    }),
  },
  { weight: 3, arbitrary: fc.record<Promote>({ kind: fc.constant('promote'), commit, tag, force: fc.boolean() }) },
  { weight: 2, arbitrary: fc.constant({ kind: 'publish' } as const) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('foreign' as const), tag }) },
);

function planOf({ commit: of, repository, recipe, image, tags }: Submit): Plan {
  const plan = samplePlan({ commit: of });
  const step = {
    image,
    build: { kind: 'script', path: 'build.sh', arguments: [], environment: {} },
    verify: [],
  } as const;
  return {
    ...plan,
    recipe: { name: recipe },
    source: { ...plan.source, repository },
    jobs: [{ platform: amd64, steps: [step] }],
    tags: tags.map((each): PlannedTag => ({ ...each, image, platforms: [amd64], kind: 'image' })),
  };
}

/** The owner that this test saw a tag given to. */
interface Given {
  readonly owner: string;
  readonly commit: string;
  readonly fixed: boolean;
}

class World {
  readonly registry = new FakeRegistry();
  readonly store: BuildStore;
  readonly lease: Lease;
  readonly given = new Map<string, Given>();
  readonly waiting: { readonly id: string; readonly plan: Plan; readonly step: Submit }[] = [];
  time = 1;

  constructor(store: BuildStore, lease: Lease) {
    this.store = store;
    this.lease = lease;
  }

  readonly backend = { check: () => Promise.resolve() };
  readonly clock = { now: () => this.time++, sleep: () => Promise.resolve() };

  async take(next: Step): Promise<void> {
    const given = new Map(this.given);
    const before = new Map(tagNames.map((name) => [name, this.registry.peek(name)]));
    const mover = await this.#effect(next).catch((error: unknown) => {
      if (!TwinhullError.is(error) || error.source === 'internal') throw error;
      return undefined;
    });
    for (const name of tagNames) {
      if (this.registry.peek(name) !== before.get(name)) this.#check(name, mover, given.get(name));
    }
  }

  /** @returns the step that may have moved tags; undefined after a refusal */
  async #effect(next: Step): Promise<Submit | Promote | 'foreign' | undefined> {
    if (next.kind === 'foreign') {
      this.registry.push(next.tag, amd64, `foreign ${String(this.time++)}`);
      return 'foreign';
    }
    if (next.kind === 'promote') {
      await promote(next, { store: this.store, registryFor: () => this.registry, clock: this.clock });
      return next;
    }
    if (next.kind === 'submit') {
      const plan = planOf(next);
      const { build, outcome } = await submitBuild({ plan, reference: 'main', force: next.force }, this);
      if (outcome === 'created') this.waiting.push({ id: build.id, plan, step: next });
      return next.late ? undefined : this.#publish();
    }
    return this.#publish();
  }

  async #publish(): Promise<Submit | undefined> {
    const waiting = this.waiting.shift();
    if (waiting === undefined) return undefined;
    const { id, plan, step: of } = waiting;
    const build = (await this.store.load(id))!;
    const session = new BuildSession(build, this);
    const digest = this.registry.push(`staging-${id}`, amd64, of.content);
    const image = { image: of.image, platform: amd64, stagingTag: `staging-${id}`, digest, mediaType: 'x', size: 1 };
    await session.record({ type: 'job.succeeded', platform: amd64, images: [image] }, { type: 'publish.started' });
    try {
      await publish(session, { ...this, plan });
    } catch (error) {
      await session.record({
        type: 'build.failed',
        failure: { code: 'PublishFailed', message: String(error), hint: '', infrastructure: false },
      });
      throw error;
    }
    for (const { tag: name, moving, state } of session.build.tags) {
      const owner = ownerOf(of);
      const held = this.given.get(name);
      const isHeld = held !== undefined && (held.owner !== owner || (held.fixed && held.commit !== of.commit));
      // If the digest was the same, the tag keeps its owner.
      if (state === 'put' && !isHeld)
        this.given.set(name, { owner, commit: of.commit, fixed: !moving || held?.fixed === true });
    }
    return of;
  }

  #check(name: string, mover: Submit | Promote | 'foreign' | undefined, held: Given | undefined): void {
    if (mover === 'foreign') {
      this.given.delete(name);
      return;
    }
    expect(mover, `${name} moved by what was refused`).toBeDefined();
    expect(/[0-9a-f]{40}/.exec(name)?.[0] ?? mover!.commit, `${name} is for its own commit`).toBe(mover!.commit);
    if (held?.fixed) {
      expect(mover!.kind, `${name} is fixed`).toBe('submit');
      expect([ownerOf(mover as Submit), mover!.commit], `${name} is fixed`).toEqual([held.owner, held.commit]);
    }
  }
}

function ownerOf({ repository, recipe, image }: Submit): string {
  return JSON.stringify([repository, recipe, image]);
}

it('moves a fixed tag only for its owner and commit, in any order', { timeout: patientTimeout }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 14 }), async (steps) => {
      const store = await openSqliteStore(':memory:');
      try {
        const lease = await store.acquireLease('test', 0, 1_000_000);
        const world = new World(store, lease!);
        for (const next of steps) await world.take(next);
      } finally {
        await store.close();
      }
    }),
    { numRuns: 150 },
  );
});
