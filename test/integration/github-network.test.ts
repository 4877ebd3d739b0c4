import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { GitHubApi } from '../../src/adapters/github/github-api.ts';
import { Network } from '../../src/adapters/network/network.ts';
import { GitHubStandIn } from '../helpers/github-stand-in.ts';
import { makeAuthority, makeServerCertificate } from '../helpers/registry-certificates.ts';
import { startProxy } from '../helpers/registry-proxy.ts';

const host = 'ghe.twinhull.test';

it('reaches a self-hosted GitHub through a proxy, with a private CA, and trusts no other', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'twinhull-github-'));
  const authority = await makeAuthority(folder, 'authority');
  const pair = await makeServerCertificate(folder, authority, [`DNS:${host}`]);
  const tls = { key: await readFile(pair.key), cert: await readFile(pair.certificate) };
  const standIn = await GitHubStandIn.start({ tls, token: 'ghp_canary' });
  const proxy = await startProxy({ targetPort: standIn.port });
  const networks: Network[] = [];
  onTestFinished(async () => {
    await Promise.all(networks.map((network) => network.close()));
    await proxy.stop();
    await standIn.stop();
    await rm(folder, { recursive: true });
  });
  const call = (caFile: string | undefined) => {
    const network = new Network({ environment: { HTTPS_PROXY: proxy.url }, caFile, insecureHosts: new Set() });
    networks.push(network);
    const path = `/repos/acme/model/statuses/${'1'.repeat(40)}`;
    const body = { state: 'pending', context: 'twinhull/x', description: 'x' };
    return new GitHubApi(`https://${host}/api/v3`, network).call({ method: 'POST', path, token: 'ghp_canary', body });
  };
  // The stand-in has no /api/v3: what counts here is that the request arrived, and its path.
  expect(await call(authority.certificate)).toMatchObject({ status: 404 });
  expect(standIn.calls.map(({ path }) => path)).toEqual([`/api/v3/repos/acme/model/statuses/${'1'.repeat(40)}`]);
  expect(proxy.passed).toEqual([`CONNECT ${host}:443`]);
  await expect(call(undefined)).rejects.toMatchObject({
    code: 'GitHubUnreachable',
    message: expect.stringContaining('its certificate is not signed by a trusted authority'),
    hint: expect.stringContaining('TWINHULL_GIT_CA_FILE'),
  });
  expect(standIn.calls).toHaveLength(1);
});
