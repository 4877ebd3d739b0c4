import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { E2eBed } from '../helpers/e2e-bed.ts';
import { oneImage } from '../helpers/e2e-recipes.ts';
import { expectNoStackTrace } from '../helpers/expect-refusal.ts';
import { type RegistryServer, startRegistry } from '../helpers/registry-server.ts';
import { RegistryView } from '../helpers/registry-view.ts';
import { mountSmallDisk, type SmallDisk } from '../helpers/small-disk.ts';

describe('a full disk under the registry', () => {
  let bed: E2eBed;
  let disk: SmallDisk;
  let registry: RegistryServer;

  beforeAll(async () => {
    bed = await E2eBed.open();
    disk = await mountSmallDisk('4m');
    registry = await startRegistry({ storage: join(disk.folder, 'registry') });
  });

  afterAll(async () => {
    await registry.stop();
    await disk.dispose();
    await bed.dispose();
  });

  it('fails the push with a hint about disk space, and a retry with space publishes', async () => {
    const env = { TWINHULL_DESTINATION: `${registry.host}/acme/model` };
    const view = new RegistryView(`http://${registry.host}`, 'acme/model');
    const dockerfile = `FROM ${bed.lab.images.busybox}\nRUN echo ${bed.name} >/name\n`;
    const { url, repository, commit } = await bed.repository({ Dockerfile: dockerfile });
    const recipe = await bed.file(oneImage({ platforms: ['linux/amd64'] }));
    const words = ['build', '--repository', url, '--ref', 'main', '--recipe', recipe];
    expect((await bed.run(words, { env })).exitCode).toBe(0);

    // The layers already exist in the registry; otherwise docker would retry them for a minute.
    const second = await repository.commit({ Dockerfile: `${dockerfile}LABEL second=1\n` });
    await disk.fill();
    const ran = await bed.run(words, { env });
    expect(ran.exitCode).toBe(1);
    expect(ran.stderr).toMatch(/phase +push\n/);
    expect(ran.stderr).toMatch(/reason +push-refused\n/);
    expect(ran.stderr.replace(/\s+/g, ' ')).toMatch(/docker push failed: .*(500 Internal Server Error|unknown error)/);
    expect(ran.stderr).toContain('has free space');
    expectNoStackTrace(ran);
    expect(await view.published()).toEqual([commit]);

    await disk.grow('8m');
    const [failed] = await bed.builds();
    const retried = await bed.run(['retry', failed?.id ?? ''], { env });
    expect(retried.exitCode, retried.stderr).toBe(0);
    expect(await view.published()).toEqual([commit, second].sort());
  });
});
