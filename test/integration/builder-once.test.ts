import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readLab } from '../../lab/lab.ts';
import type { PlannedStep } from '../../src/domain/plan.ts';
import { BuilderBed, type EndedJob } from '../helpers/builder-jobs.ts';
import { dockerfileStep } from '../helpers/builder-steps.ts';
import { OwnEngine } from '../helpers/own-engine.ts';
import { type RegistryServer, startRegistry } from '../helpers/registry-server.ts';

interface Manifest {
  readonly config: { readonly digest: string };
  readonly layers: readonly { readonly digest: string }[];
}

describe('a stage that no commit changes, on an engine that was emptied', () => {
  let bed: BuilderBed;
  let engine: OwnEngine;
  let registry: RegistryServer;
  let salt: string;
  let path: string;

  beforeAll(async () => {
    const lab = await readLab();
    if (lab === undefined) throw new Error('there is no lab on this machine: npm run lab:up');
    engine = await OwnEngine.start(lab);
    bed = await BuilderBed.open({ engine: { ...lab.engine, host: engine.host } });
    registry = await startRegistry();
  });

  afterAll(async () => {
    await bed.dispose();
    await registry.stop();
    await engine.stop();
  });

  beforeEach(async () => {
    salt = randomUUID();
    path = `once/${salt}`;
    await engine.empty();
  });

  /** The structure of the preset `vecoli`: a runtime in a folder of its own, on an image that each commit changes. */
  const submit = (): string => `ARG BASE_IMAGE
ARG RUNTIME_IMAGE=runtime
FROM ${bed.lab.images.busybox} AS tools
RUN echo "making ${salt} at $(date)" && mkdir -p /out/runtime && head -c 300000 /dev/urandom >/out/runtime/big
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
    const commit = await bed.repository({
      Dockerfile: `FROM ${bed.lab.images.busybox}\nCOPY source.txt /\n`,
      'source.txt': `source ${text}\n`,
    });
    const destination = `${registry.host}/${path}`;
    return await bed.run({ ...commit, steps: steps(inline), destination, network: 'host', environment });
  }

  async function json(resource: string): Promise<unknown> {
    const accept = 'application/vnd.docker.distribution.manifest.v2+json, application/vnd.oci.image.manifest.v1+json';
    return (await registry.request('GET', `/v2/${path}/${resource}`, { headers: { accept } })).body.json();
  }

  /** The layer of the runtime in a job's image: its digest, and how docker names it in the output of a push. */
  async function runtimeLayer({ key }: EndedJob) {
    const { config, layers } = (await json(`manifests/staging-submit-amd64-${key}`)) as Manifest;
    const { rootfs } = (await json(`blobs/${config.digest}`)) as { rootfs: { diff_ids: string[] } };
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
    expect(first.log).toContain(`making ${salt} at`);
    const { tags } = (await json('tags/list')) as { tags: string[] };
    expect(tags).toContainEqual(expect.stringMatching(/^cache-submit-amd64-\d{6}-[0-9a-f]{16}$/));
    await engine.empty();
    const second = await build('two');
    expectBuilt(second, 'two');
    expect(second.log).not.toContain(`making ${salt} at`);
    const layer = await runtimeLayer(second);
    expect(layer.digest).toBe((await runtimeLayer(first)).digest);
    expect(second.log).toMatch(new RegExp(`^(${layer.names.join('|')}): Layer already exists`, 'm'));
    expect(second.log).not.toMatch(layer.pushed);
    expect(await bed.leftovers(second.key, `${registry.host}/${path}`)).toEqual([]);
  });

  it('is built again where the registry has lost its layer', async () => {
    const first = await build('one');
    expectBuilt(first, 'one');
    const hex = (await runtimeLayer(first)).digest.slice('sha256:'.length);
    await rm(join(registry.storage, 'docker/registry/v2/blobs/sha256', hex.slice(0, 2), hex), { recursive: true });
    await engine.empty();
    const second = await build('two');
    expectBuilt(second, 'two');
    expect(second.log).toContain(`making ${salt} at`);
  });

  it('is a part of the build for a builder that does not know it', async () => {
    const environment = { TWINHULL_STEP_2_ONCE_COUNT: undefined, TWINHULL_STEP_2_ONCE_1: undefined };
    const job = await build('one', { environment });
    expectBuilt(job, 'one');
    expect(job.log).toContain(`making ${salt} at`);
  });

  it('cannot use files of the commit', async () => {
    const job = await build('one', { inline: submit().replace('COPY --from=tools /out /', 'COPY source.txt /') });
    expect(job.reason).toBe('step-failed');
    expect(job.log).toContain('docker build of the stage runtime failed');
  });
});
