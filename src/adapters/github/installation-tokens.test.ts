import { generateKeyPairSync } from 'node:crypto';
import { expect, it, onTestFinished } from 'vitest';
import { GitHubStandIn } from '../../../test/helpers/github-stand-in.ts';
import { reasonOf } from '../../domain/errors/twinhull-error.ts';
import { hostAudience } from '../../domain/git-audience.ts';
import type { SecretSource } from '../../ports/secret-source.ts';
import { Network } from '../network/network.ts';
import { GitHubApi } from './github-api.ts';
import { InstallationTokens } from './installation-tokens.ts';
import { withInstallationTokens } from './with-installation-tokens.ts';

const { publicKey, privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  // The format of GitHub's key files.
  privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
});
const model = { owner: 'acme', name: 'model' };
const read = { contents: 'read' } as const;

interface TokensBedOptions {
  readonly key?: string;
  readonly id?: number;
  readonly installationId?: number;
  readonly onSleep?: () => void;
}

async function tokensBed(change: TokensBedOptions = {}) {
  const sleeps: (AbortSignal | undefined)[] = [];
  let time = Date.UTC(2026, 0, 1);
  const standIn = await GitHubStandIn.start({
    app: {
      id: 7,
      publicKey,
      repositories: ['acme/model', 'acme/other'],
      installationId: 42,
      permissions: { contents: 'read', metadata: 'read' },
    },
  });
  standIn.now = () => time;
  const network = new Network({ environment: {}, insecureHosts: new Set() });
  onTestFinished(async () => {
    await network.close();
    await standIn.stop();
  });
  const tokens = new InstallationTokens({
    api: new GitHubApi(standIn.url, network),
    app: { id: change.id ?? 7, keyFile: '/keys/app.pem', readKey: async () => change.key ?? privateKey },
    installationId: change.installationId,
    clock: {
      now: () => time,
      sleep: async (milliseconds, signal) => {
        sleeps.push(signal);
        change.onSleep?.();
        time += milliseconds;
      },
    },
  });
  return { standIn, tokens, sleeps, pass: (minutes: number) => (time += minutes * 60_000) };
}

it('requests a token for one repository with only the required permissions', async () => {
  const { standIn, tokens } = await tokensBed();
  const token = await tokens.token(model, read);
  expect(standIn.issued).toMatchObject([{ token, repositories: ['acme/model'], permissions: { contents: 'read' } }]);
  expect(standIn.calls.map(({ method, path }) => `${method} ${path}`)).toEqual([
    'GET /repos/acme/model/installation',
    'POST /app/installations/42/access_tokens',
  ]);
});

it('does not look up an installation that is configured', async () => {
  const { standIn, tokens } = await tokensBed({ installationId: 42 });
  await tokens.token(model, read);
  expect(standIn.calls.map(({ path }) => path)).toEqual(['/app/installations/42/access_tokens']);
});

it('keeps a token per repository and permissions until five minutes before it expires', async () => {
  const { standIn, tokens, pass } = await tokensBed();
  const [first, again] = await Promise.all([tokens.token(model, read), tokens.token(model, read)]);
  expect(again).toBe(first);
  pass(54);
  expect(await tokens.token(model, read)).toBe(first);
  expect(await tokens.token({ owner: 'acme', name: 'other' }, read)).not.toBe(first);
  expect(standIn.issued).toHaveLength(2);
  pass(1.1);
  expect(await tokens.token(model, read)).not.toBe(first);
  tokens.forget();
  await tokens.token(model, read);
  expect(standIn.issued).toHaveLength(4);
});

it('retries a short outage of GitHub, and does not cache a failure', async () => {
  const { standIn, tokens } = await tokensBed();
  const down = [{ status: 503 }, 'reset', { status: 429, headers: { 'retry-after': '3' } }] as const;
  standIn.fault = () => down[standIn.calls.length - 1];
  expect(await tokens.token(model, read)).toMatch(/^ghs_/);
  tokens.forget();
  standIn.fault = () => ({ status: 502 });
  await expect(tokens.token(model, read)).rejects.toMatchObject({ code: 'GitHubUnreachable', retryable: true });
  standIn.fault = () => undefined;
  expect(await tokens.token(model, read)).toMatch(/^ghs_/);
});

it('stops waiting when the caller aborts, without affecting other callers', async () => {
  const { standIn, tokens } = await tokensBed({ installationId: 42 });
  const [first, second] = [new AbortController(), new AbortController()];
  const asked = new Promise<void>((resolve) => {
    standIn.fault = () => {
      resolve();
      return standIn.calls.length === 1 ? 'hang' : undefined;
    };
  });
  const left = tokens.token(model, read, first.signal);
  const leftToo = tokens.token(model, read, second.signal);
  const kept = tokens.token(model, read);
  await asked;
  second.abort();
  await expect(leftToo).rejects.toMatchObject({ code: 'GitHubUnreachable' });
  first.abort();
  await expect(left).rejects.toMatchObject({ code: 'GitHubUnreachable' });
  expect(await kept).toMatch(/^ghs_/);
  expect(await tokens.token(model, read)).toBe(await kept);
  expect(standIn.calls).toHaveLength(2);
});

it('does not wait out the pause between two tries after an abort', async () => {
  const leaving = new AbortController();
  const { standIn, tokens, sleeps } = await tokensBed({ installationId: 42, onSleep: () => leaving.abort() });
  standIn.fault = () => ({ status: 503 });
  await expect(tokens.token(model, read, leaving.signal)).rejects.toMatchObject({ code: 'GitHubUnreachable' });
  expect(sleeps).toEqual([leaving.signal]);
  expect(standIn.calls).toHaveLength(1);
});

it('reports when to retry if that is longer than its own limit', async () => {
  const { standIn, tokens } = await tokensBed();
  standIn.fault = () => ({ status: 429, headers: { 'retry-after': '120' } });
  await expect(tokens.token(model, read)).rejects.toMatchObject({ code: 'GitHubUnreachable', after: 120_000 });
  expect(standIn.calls).toHaveLength(1);
});

it.each([
  ['an App that is not installed there', {}, { owner: 'acme', name: 'elsewhere' }, read, 'install the App'],
  ['an App of another number', { id: 8 }, model, read, 'TWINHULL_GITHUB_APP_ID'],
  ['a permission that the App has not', {}, model, { statuses: 'write' }, 'Commit statuses: write'],
  ['an installation that is not there', { installationId: 43 }, model, read, 'TWINHULL_GITHUB_APP_INSTALLATION_ID'],
] as const)('explains how to fix %s', async (_what, change, repository, permissions, hint) => {
  const { tokens } = await tokensBed(change);
  await expect(tokens.token(repository, permissions)).rejects.toMatchObject({
    code: 'GitHubRefused',
    hint: expect.stringContaining(hint),
  });
});

it.each([
  ['nothing', ''],
  ['half a key', privateKey.slice(0, 200)],
  ['another kind of key', '-----BEGIN OPENSSH PRIVATE KEY-----\ncanary\n-----END OPENSSH PRIVATE KEY-----\n'],
])('refuses a key file that contains %s, without quoting it', async (_what, key) => {
  const { tokens, standIn } = await tokensBed({ key });
  const error: unknown = await tokens.check().catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'SettingInvalid', message: expect.stringContaining('/keys/app.pem') });
  expect(error).not.toHaveProperty('cause', expect.anything());
  expect(reasonOf(error)).not.toContain('canary');
  expect(standIn.calls).toEqual([]);
});

it('refuses an invalid token response without quoting it', async () => {
  const { standIn, tokens } = await tokensBed({ installationId: 42 });
  standIn.fault = () => ({ status: 201, body: { token: 'canary canary', expires_at: 'soon' } });
  const error: unknown = await tokens.token(model, read).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'GitHubUnreachable' });
  expect(JSON.stringify(error) + reasonOf(error)).not.toContain('canary');
});

it('replaces the token from a file for GitHub only', async () => {
  const { standIn, tokens } = await tokensBed();
  const files: SecretSource = {
    gitCredential: async (url) => ({ audience: hostAudience(url), username: 'robot', token: 'from a file' }),
    checkGitCredentials: async () => undefined,
    registryCredentials: async (host) => ({ username: host, password: 'p' }),
    buildSecret: async (id) => Buffer.from(id),
  };
  const secrets = withInstallationTokens(files, 'github.com', tokens);
  const elsewhere = [
    'https://gitlab.com/acme/model.git',
    'https://github.com:8443/acme/model',
    'https://git.github.com/a/b',
  ];
  for (const url of elsewhere) expect((await secrets.gitCredential(url))?.token).toBe('from a file');
  await secrets.checkGitCredentials();
  expect(standIn.issued).toEqual([]);
  expect(await secrets.gitCredential('https://github.com/acme/model.git')).toEqual({
    audience: hostAudience('https://github.com/x'),
    username: 'x-access-token',
    token: standIn.issued[0]?.token,
  });
  expect(await secrets.registryCredentials('r')).toEqual({ username: 'r', password: 'p' });
  expect((await secrets.buildSecret('npm')).toString()).toBe('npm');
});
