import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { E2eBed } from '../helpers/e2e-bed.ts';
import { oneImage } from '../helpers/e2e-recipes.ts';
import { expectRefusal } from '../helpers/expect-refusal.ts';

describe('the current docker context', () => {
  let bed: E2eBed;
  let words: readonly string[];

  beforeAll(async () => {
    bed = await E2eBed.open({ DOCKER_HOST: undefined });
    const { url } = await bed.repository({ Dockerfile: `FROM ${bed.lab.images.busybox}\nLABEL bed=${bed.name}\n` });
    words = ['build', '--repository', url, '--ref', 'main', '--recipe', await bed.file(oneImage()), '--json'];
    await context('lab', bed.lab.engine.host);
    await context('gone', 'unix:///nonexistent/docker.sock');
  });

  afterAll(() => bed.dispose());

  /** Makes the context the current one, as `docker context create` and `docker context use` do. */
  async function context(name: string, host: string): Promise<void> {
    const folder = join(bed.folder, '.docker');
    const meta = join(folder, 'contexts/meta', createHash('sha256').update(name).digest('hex'));
    await mkdir(meta, { recursive: true });
    const endpoints = { docker: { Host: host, SkipTLSVerify: false } };
    await writeFile(join(meta, 'meta.json'), JSON.stringify({ Name: name, Metadata: {}, Endpoints: endpoints }));
    await writeFile(join(folder, 'config.json'), JSON.stringify({ currentContext: name }));
  }

  it('is named in the error when its engine does not respond', async () => {
    expectRefusal(
      await bed.run(words),
      3,
      'EngineUnreachable',
      'the Docker Engine at unix:///nonexistent/docker.sock (docker context "gone") cannot be reached',
    );
  });

  it('is overridden by DOCKER_CONTEXT, which selects the engine of the build', async () => {
    const ran = await bed.run(words, { env: { DOCKER_CONTEXT: 'lab' } });
    expect(ran.exitCode, ran.stderr).toBe(0);
    expect(JSON.parse(ran.stdout)).toMatchObject({ state: 'published' });
  });

  it('is refused when it does not exist', async () => {
    const env = { DOCKER_CONTEXT: 'other' };
    expectRefusal(await bed.run(words, { env }), 2, 'SettingInvalid', 'the docker context "other"');
  });
});
