import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { sharedProvider } from '../../../test/helpers/sign-in-bed.ts';
import { openIdentityProvider } from '../../wiring/open-identity-provider.ts';
import { checkOpenId } from './openid-check.ts';

const provider = sharedProvider();

async function checked(changes: { issuer?: string; isOpenToAll?: boolean } = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'twinhull-openid-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const clientSecretFile = join(folder, 'secret');
  await writeFile(clientSecretFile, `${provider().clientSecret}\n`, { mode: 0o600 });
  const { issuer = provider().issuer, isOpenToAll = false } = changes;
  const opened = await openIdentityProvider({
    issuer,
    clientId: 'twinhull',
    clientSecretFile,
    scopes: ['openid'],
    groupsClaim: 'groups',
    groupScopes: new Map(),
    audience: undefined,
    caFile: undefined,
    publicUrl: 'https://builds.example',
  });
  const redirectUrl = 'https://builds.example/v1/sign-in/openid/callback';
  return checkOpenId('sign-in', { issuer, redirectUrl, isOpenToAll, check: () => opened.check() });
}

it('reports a provider that responds, with the address to register there', async () => {
  const { status, detail } = await checked();
  expect([status, detail]).toEqual([
    'ok',
    `${provider().issuer} responds; sign-out ends its session too; register https://builds.example/v1/sign-in/openid/callback there`,
  ]);
});

it('warns when every account may sign in', async () => {
  expect(await checked({ isOpenToAll: true })).toMatchObject({ status: 'warning' });
});

it('reports a provider that is down, another issuer, and an address that is none', async () => {
  const other = await checked({ issuer: `${provider().issuer}/` });
  expect(other.status).toBe('ok');
  const none = await checked({ issuer: `${provider().issuer}/realms/none` });
  expect([none.status, none.code, none.detail]).toEqual([
    'problem',
    'IdentityProviderRefused',
    expect.stringContaining('status 404'),
  ]);
  const alias = await checked({ issuer: provider().issuer.replace('127.0.0.1', 'localhost') });
  expect([alias.status, alias.code]).toEqual(['problem', 'IdentityProviderRefused']);
  provider().setDown(true);
  const down = await checked();
  expect([down.status, down.code]).toEqual(['problem', 'IdentityProviderUnreachable']);
});
