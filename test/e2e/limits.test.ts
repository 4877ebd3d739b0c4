import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BuildJson } from '../../src/build-json/shapes.ts';
import { E2eBed } from '../helpers/e2e-bed.ts';
import { oneImage } from '../helpers/e2e-recipes.ts';
import { expectNoStackTrace } from '../helpers/expect-refusal.ts';
import { type RegistryServer, startRegistry } from '../helpers/registry-server.ts';

describe.concurrent('a build that is stopped', () => {
  let bed: E2eBed;
  let registry: RegistryServer;

  beforeAll(async () => {
    bed = await E2eBed.open();
    registry = await startRegistry({ readOnly: true });
  });

  afterAll(async () => {
    await bed.dispose();
    await registry.stop();
  });

  it('is stopped after the time limit of the recipe, and the hanging phase is named', async () => {
    const { url } = await bed.repository({
      Dockerfile: `FROM ${bed.lab.images.busybox}\nRUN echo "hangs now"; sleep 3600\n`,
    });
    const recipe = await bed.file(oneImage({}, { timeouts: { run: '30s' } }));
    const ran = await bed.run(['build', '--repository', url, '--ref', 'main', '--recipe', recipe, '--json']);
    expect(ran.exitCode).toBe(1);
    const build = JSON.parse(ran.stdout) as BuildJson;
    expect(build.failure).toMatchObject({ code: 'JobTimedOut', phase: 'build', image: 'app', infrastructure: false });
    expect(build.failure?.message).toMatch(
      /^the linux\/a..64 job was stopped in phase build of image app after it had run for 30 s$/,
    );
    expect(build.failure?.hint).toContain('raise timeouts.run in the recipe');
    expect(build.failure?.logTail.at(-1)).toContain('hangs now');
    expect(build.jobs.flatMap(({ attempts }) => attempts)).toHaveLength(2);
    expect(await bed.builders(build.id)).toEqual([]);
    expectNoStackTrace(ran);
  });

  it('fails in phase push when the registry refuses pushes, with docker’s message', async () => {
    const { url } = await bed.repository({ Dockerfile: `FROM ${bed.lab.images.busybox}\nRUN echo ${bed.name}\n` });
    const recipe = await bed.file(oneImage({ dockerfile: {} }));
    const env = { TWINHULL_DESTINATION: `${registry.host}/acme/model` };
    const ran = await bed.run(['build', '--repository', url, '--ref', 'main', '--recipe', recipe], { env });
    expect(ran.exitCode).toBe(1);
    expect(ran.stderr).toMatch(/phase +push\n/);
    expect(ran.stderr).toMatch(/reason +push-refused\n/);
    expect(ran.stderr.replace(/\s+/g, ' ')).toMatch(/docker push failed: .*405.*Method Not Allowed/i);
    expect(ran.stderr).toContain('check that the credentials may push to this repository');
    expectNoStackTrace(ran);
  });

  it('fails in phase verify when an image does not meet the recipe’s checks, before anything is pushed', async () => {
    const { url } = await bed.repository({ Dockerfile: `FROM ${bed.lab.images.busybox}\nRUN echo v ${bed.name}\n` });
    const verify = [['true'], ['sh', '-c', 'echo "no such tool" >&2; exit 5']];
    const recipe = await bed.file(oneImage({ verify }));
    const ran = await bed.run(['build', '--repository', url, '--ref', 'main', '--recipe', recipe, '--json']);
    expect(ran.exitCode).toBe(1);
    const build = JSON.parse(ran.stdout) as BuildJson;
    expect(build.failure).toMatchObject({ phase: 'verify', image: 'app', reason: 'verify-failed', exitCode: 5 });
    expect(build.failure?.message).toContain('command 2 failed');
    expect(build.failure?.logTail.at(-1)).toBe('no such tool');
    expect((await bed.registry.tags()).filter((tag) => tag.includes(build.commit))).toEqual([]);
    expect(build.images).toEqual([]);
  });
});
