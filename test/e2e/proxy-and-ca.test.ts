import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ConnectProxy, startConnectProxy } from '../helpers/connect-proxy.ts';
import { E2eBed } from '../helpers/e2e-bed.ts';
import { oneImage } from '../helpers/e2e-recipes.ts';

describe('a private network', () => {
  let bed: E2eBed;
  let proxy: ConnectProxy;
  let source: readonly string[];
  let commit: string;

  beforeAll(async () => {
    bed = await E2eBed.open();
    proxy = await startConnectProxy(bed.lab.bridgeAddress);
    const created = await bed.repository({
      Dockerfile: `FROM ${bed.lab.images.busybox}\nRUN echo "the step sees $https_proxy for ${bed.name}"\n`,
    });
    commit = created.commit;
    source = ['--repository', created.url, '--recipe', await bed.file(oneImage())];
  });

  afterAll(async () => {
    await bed.dispose();
    await proxy.stop();
  });

  it('has a proxy, which git uses on the host and in both builders, and which steps receive', async () => {
    const env = { HTTPS_PROXY: proxy.url, NO_PROXY: '127.0.0.1,localhost' };
    const ran = await bed.run(['build', ...source, '--ref', 'main'], { env });
    expect(ran.exitCode, ran.stderr).toBe(0);
    const { host } = new URL(bed.lab.git.url);
    expect(new Set(proxy.passed.map(({ to }) => to))).toEqual(new Set([host]));
    const callers = new Set(proxy.passed.map(({ from }) => from));
    // The host and two builders.
    expect(callers.size).toBe(3);
    expect(ran.stderr.match(/^a..64 \| #\d+ \d+\.\d+ the step sees .*$/gm)).toHaveLength(2);
    expect(ran.stderr).toContain(`the step sees ${proxy.url} for ${bed.name}`);
    for (const { config } of await bed.registry.images())
      expect((await bed.registry.blob(config?.digest ?? '')).toString()).not.toContain(proxy.url);
  });

  it('has a private CA: a builder without it reports that it does not trust the git server', async () => {
    const env = {
      TWINHULL_GIT_CA_FILE: undefined,
      TWINHULL_MAX_ATTEMPTS: '1',
      TWINHULL_STATE_DIR: join(bed.folder, 'state-without-ca'),
    };
    const other = ['--destination', `${bed.destination}-without-ca`];
    const ran = await bed.run(['build', ...source, ...other, '--ref', commit], { env });
    expect(ran.exitCode).toBe(1);
    expect(ran.stderr).toMatch(/phase +clone\n/);
    expect(ran.stderr).toMatch(/reason +git-unreachable\n/);
    expect(ran.stderr.replace(/\s+/g, ' ')).toMatch(
      /git could not reach the server: fatal: unable to access .*certificate/,
    );
    expect(ran.stderr).toContain('check the address, proxy and certificate of the git server');
  });
});
