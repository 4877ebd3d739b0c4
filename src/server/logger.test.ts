import { describe, expect, it } from 'vitest';
import { TwinhullError } from '../domain/errors/twinhull-error.ts';
import { newToken } from './auth/token.ts';
import { serviceLogger } from './logger.ts';
import { redacted, secretsOf } from './redact.ts';

const canaries = {
  apiToken: newToken('canary', 'admin', 0).token,
  githubToken: `ghp_${'Canary0123'.repeat(4)}`,
  githubAppToken: `ghs_${'Canary4567'.repeat(4)}`,
  fineGrained: `github_pat_${'Canary_89'.repeat(8)}`,
  basic: Buffer.from('operator:canary-password').toString('base64'),
  urlPassword: 'canary-in-a-url',
  databasePassword: 'can"ary %of/the\\database',
  awsSecret: 'wJalrXUtnFEMIcanaryEXAMPLEKEY0123456789+',
} as const;

const known = secretsOf(
  `postgres://twinhull:${encodeURIComponent(canaries.databasePassword)}@db.example:5432/builds?sslmode=require`,
  { AWS_SECRET_ACCESS_KEY: canaries.awsSecret, PATH: '/usr/bin' },
);

/** The parts of secrets that must not be logged; the id of an API token may be. */
const hidden = [...Object.values(canaries).filter((text) => text !== canaries.apiToken), canaries.apiToken.slice(-43)];

const sentence = `tried ${[
  canaries.apiToken,
  canaries.githubToken,
  canaries.githubAppToken,
  canaries.fineGrained,
  `Authorization: Basic ${canaries.basic}`,
  `authorization: bearer ${canaries.apiToken}`,
  `https://x-access-token:${canaries.urlPassword}@git.example/acme/model.git`,
  `https://${canaries.githubToken}@git.example/acme/model.git`,
  `postgres://twinhull:${encodeURIComponent(canaries.databasePassword)}@db.example:5432/builds`,
  `password "${canaries.databasePassword}" of the database`,
  canaries.awsSecret,
].join(', ')}, refused`;

function logged(): { readonly logger: ReturnType<typeof serviceLogger>; readonly lines: string[] } {
  const lines: string[] = [];
  return { logger: serviceLogger({ write: (line) => void lines.push(line) }, known), lines };
}

describe('the log', () => {
  it.each([
    ['a message', (log: ReturnType<typeof serviceLogger>) => log.warn(sentence)],
    ['a field', (log: ReturnType<typeof serviceLogger>) => log.warn({ output: [{ text: sentence }] }, 'it failed')],
    [
      'an error, its stack and its causes',
      (log: ReturnType<typeof serviceLogger>) => {
        const cause = new Error(sentence, { cause: new Error(`again: ${sentence}`) });
        log.error({ err: new TwinhullError('StoreUnavailable', `it failed: ${sentence}`, { cause }) }, 'it failed');
      },
    ],
    [
      'a request',
      (log: ReturnType<typeof serviceLogger>) => {
        const headers = { authorization: `Bearer ${canaries.apiToken}` };
        log.info({ req: { id: '1', method: 'GET', url: `/v1/builds?token=${canaries.apiToken}`, ip: '::1', headers } });
        log.info({ headers, authorization: headers.authorization, token: canaries.apiToken });
      },
    ],
  ])('contains no secret from %s', (_, log) => {
    const { logger, lines } = logged();
    log(logger);
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines) {
      expect(() => JSON.parse(line) as unknown).not.toThrow();
      for (const secret of hidden) {
        expect(line).not.toContain(secret);
        expect(line).not.toContain(JSON.stringify(secret).slice(1, -1));
        expect(line).not.toContain(encodeURIComponent(secret));
      }
    }
  });

  it('preserves text that is not secret', () => {
    const text =
      'the API token "ci" (th_0123456789ab) is not known; basic authentication is no token; see https://git.example:8443/a@b, ' +
      'ssh://builder@graviton, sha256:0f3c, docker.io/library/node:24@sha256:abc';
    expect(redacted(text, known)).toBe(text);
  });

  it('names the build that a line concerns', () => {
    const { logger, lines } = logged();
    logger.warn({ buildId: '01hzx', err: new Error('no answer') }, 'build 01hzx could not be taken further');
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ level: 40, buildId: '01hzx', err: { message: 'no answer' } });
  });
});

describe('secrets of the process', () => {
  it('are those that are set, in each written form', () => {
    expect(secretsOf(undefined, {})).toEqual([]);
    expect(secretsOf('postgres://a:hunter2%21@h/db', { PGPASSWORD: 'other-password', AWS_SESSION_TOKEN: '' })).toEqual([
      'hunter2%21',
      'hunter2!',
      'other-password',
    ]);
  });

  it('are not redacted if they are as short as words', () => {
    expect(secretsOf('postgres://a:post@h/db', {})).toEqual([]);
  });
});
