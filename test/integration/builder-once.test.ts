import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { PlannedStep } from '../../src/domain/plan.ts';
import type { EndedJob } from '../helpers/builder-jobs.ts';
import { dockerfileStep } from '../helpers/builder-steps.ts';
import { EmptiedEngine } from '../helpers/emptied-engine.ts';

interface Manifest {
  readonly config: { readonly digest: string };
  readonly layers: readonly { readonly digest: string }[];
}

describe('a stage that no commit changes, on an engine that was emptied', () => {
  let world: EmptiedEngine;

  beforeAll(async () => {
    world = await EmptiedEngine.start();
  });

  afterAll(() => world.dispose());

  beforeEach(() => world.begin());

  /** The structure of the preset `vecoli`: a runtime in a folder of its own, on an image that each commit changes. */
  const submit = (): string => `ARG BASE_IMAGE
ARG RUNTIME_IMAGE=runtime
FROM ${world.bed.lab.images.busybox} AS tools
RUN echo "making ${world.salt} at $(date)" && mkdir -p /out/runtime && head -c 300000 /dev/urandom >/out/runtime/big
FROM scratch AS runtime
COPY --from=tools /out /
FROM \${RUNTIME_IMAGE} AS ready
FROM \${BASE_IMAGE}
COPY --link --from=ready / /
RUN ln -s /runtime/big /big
`;

  function steps(inline: string, more: object = {}): readonly PlannedStep[] {
    const once = { RUNTIME_IMAGE: 'runtime' };
    return [
      dockerfileStep('task'),
      dockerfileStep('submit', {
        from: { image: 'task', argument: 'BASE_IMAGE' },
        build: { dockerfile: { inline }, cache: true, once, ...more },
        verify: [['cat', '/source.txt']],
      }),
    ];
  }

  async function build(text: string, change: { inline?: string; environment?: Record<string, undefined> } = {}) {
    const { inline = submit(), environment = {} } = change;
    const commit = await world.bed.repository({
      Dockerfile: `FROM ${world.bed.lab.images.busybox}\nCOPY source.txt /\n`,
      'source.txt': `source ${text}\n`,
    });
    return await world.run({ ...commit, steps: steps(inline), environment });
  }

  /** The layer of the runtime in a job's image: its digest, and how docker names it in the output of a push. */
  async function runtimeLayer({ key }: EndedJob) {
    const { config, layers } = await world.json<Manifest>(`manifests/staging-submit-amd64-${key}`);
    const { rootfs } = await world.json<{ rootfs: { diff_ids: string[] } }>(`blobs/${config.digest}`);
    const digest = layers.at(-2)?.digest ?? '';
    const names = [digest, rootfs.diff_ids.at(-2) ?? ''].map((each) => each.slice('sha256:'.length, 19));
    return { digest, pushed: new RegExp(`^(${names.join('|')}): Pushed`, 'm'), names };
  }

  function expectBuilt(job: EndedJob, text: string): void {
    expect(job.exitCode, job.log).toBe(0);
    expect(job.log).toContain(`source ${text}\n`);
  }

  it('is neither built nor uploaded for the next commit', async () => {
    const first = await build('one');
    expectBuilt(first, 'one');
    expect(first.log).toContain(`making ${world.salt} at`);
    const { tags } = await world.json<{ tags: string[] }>('tags/list');
    expect(tags).toContainEqual(expect.stringMatching(/^cache-submit-amd64-\d{6}-[0-9a-f]{16}$/));
    await world.empty();
    const second = await build('two');
    expectBuilt(second, 'two');
    expect(second.log).not.toContain(`making ${world.salt} at`);
    const layer = await runtimeLayer(second);
    expect(layer.digest).toBe((await runtimeLayer(first)).digest);
    expect(second.log).toMatch(new RegExp(`^(${layer.names.join('|')}): Layer already exists`, 'm'));
    expect(second.log).not.toMatch(layer.pushed);
    expect(await world.bed.leftovers(second.key, world.destination)).toEqual([]);
  });

  it('is built again where the registry has lost its layer', async () => {
    const first = await build('one');
    expectBuilt(first, 'one');
    await rm(world.blobFolder((await runtimeLayer(first)).digest), { recursive: true });
    await world.empty();
    const second = await build('two');
    expectBuilt(second, 'two');
    expect(second.log).toContain(`making ${world.salt} at`);
  });

  it('is a part of the build for a builder that does not know it', async () => {
    const environment = { TWINHULL_STEP_2_ONCE_COUNT: undefined, TWINHULL_STEP_2_ONCE_1: undefined };
    const job = await build('one', { environment });
    expectBuilt(job, 'one');
    expect(job.log).toContain(`making ${world.salt} at`);
  });

  it('cannot use files of the commit', async () => {
    const job = await build('one', { inline: submit().replace('COPY --from=tools /out /', 'COPY source.txt /') });
    expect(job.reason).toBe('step-failed');
    expect(job.log).toContain('docker build of the stage runtime failed');
  });
});
