import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { builderScript } from '../../src/builder/script.ts';
import { type SignedAws, startSignedAws } from '../helpers/signed-aws.ts';

const keys = { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };
const session = 'FwoGZXIvYXdzEXAMPLE//token+==';
const script = await builderScript();

/** Prints its arguments, instead of a call of the AWS CLI. */
const cli = 'aws() { echo "AWS CLI: $*"; }\n';

describe.each([
  ['dash', []],
  ['busybox', ['ash']],
] as const)('a request of the builder to AWS, in %s', (shell, options) => {
  let aws: SignedAws;
  beforeEach(async () => {
    aws = await startSignedAws(keys);
  });
  afterEach(() => aws.stop());

  /** Runs a function of the builder with the arguments. */
  async function run(call: readonly string[], env: Readonly<Record<string, string>>): Promise<string> {
    const text = script.replace('http://169.254.170.2', aws.url).replace(/\nmain\n$/, `\n${cli}"$@"\n`);
    const { stdout } = await execa(shell, [...options, '-c', text, 'builder', ...call], {
      env: { PATH: process.env['PATH'], HOME: '/nonexistent', AWS_ENDPOINT_URL: aws.url, ...env },
      extendEnv: false,
      stripFinalNewline: false,
    });
    return stdout;
  }

  const password = (env: Readonly<Record<string, string>>) => run(['ecr_password', 'us-gov-west-1'], env);
  const secret = (id: string, env: Readonly<Record<string, string>> = keys) =>
    run(['secret_string', 'us-gov-west-1', id], env);

  it('is signed by curl with the credentials of the environment', async () => {
    expect(await password(keys)).toBe('password of ECR\n');
    expect(aws.accepted()).toEqual(['ecr AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken {}']);
  });

  it('is signed with the credentials of the job role, and carries their session', async () => {
    aws.jobRole = { path: '/v2/credentials/1', session };
    const env = { AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: '/v2/credentials/1' };
    expect(await password(env)).toBe('password of ECR\n');
    expect(aws.sessions()).toEqual([session]);
  });

  it.each([
    ['a word', 'ghp_word'],
    ['JSON', '{"token": "a\\b/c", "user": "näme"}'],
    ['several lines', 'one\n\ttwo "quoted"\r\nthree'],
  ])('returns a secret of %s as it is', async (_, text) => {
    aws.secrets.set('git/token', text);
    expect(await secret('git/token')).toBe(`${text}\n`);
    expect(aws.accepted()).toEqual(['secretsmanager secretsmanager.GetSecretValue {"SecretId":"git/token"}']);
  });

  it.each([
    ['a secret that does not exist', 'missing', keys],
    ['a secret with characters that it cannot resolve', 'bell', keys],
    ['a refused signature', 'git/token', { ...keys, AWS_SECRET_ACCESS_KEY: 'other' }],
    ['no credentials', 'git/token', {}],
    ['a profile', 'git/token', { ...keys, AWS_PROFILE: 'build' }],
    ['a configuration file', 'git/token', { ...keys, AWS_CONFIG_FILE: '/etc/passwd' }],
    ['a FIPS endpoint', 'git/token', { ...keys, AWS_USE_FIPS_ENDPOINT: 'true' }],
    ['an endpoint that does not respond', 'git/token', { ...keys, AWS_ENDPOINT_URL: 'http://127.0.0.1:9' }],
    ['a region of another partition', 'git/token', { ...keys, AWS_ENDPOINT_URL: '' }],
  ])('is left to the AWS CLI with %s', async (what, id, env) => {
    aws.secrets.set('bell', 'a\u0007b');
    aws.secrets.set('git/token', 'word');
    const region = what.startsWith('a region') ? 'us-isob-east-1' : 'us-gov-west-1';
    const command = `secretsmanager get-secret-value --region ${region} --secret-id ${id} --query SecretString --output text`;
    expect(await run(['secret_string', region, id], env)).toBe(`AWS CLI: ${command}\n`);
  });

  it('shows its credentials to no program: neither in arguments nor in the environment', async () => {
    aws.jobRole = { path: '/v2/credentials/secret-path', session };
    const folder = mkdtempSync(join(tmpdir(), 'twinhull-curl-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const programs = ['curl', 'sed', 'awk', 'grep', 'base64', 'tr'];
    for (const program of programs) {
      const record = `{ printf '%s\\n' "$0" "$@"; env; } >>${folder}/recorded`;
      writeFileSync(join(folder, program), `#!/bin/sh\n${record}\nPATH=\${PATH#*:} exec ${program} "$@"\n`, {
        mode: 0o755,
      });
    }
    const PATH = `${folder}:${process.env['PATH'] ?? ''}`;
    const uri = { AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: aws.jobRole.path };
    expect(await password({ PATH, ...uri, key_id: 'inherited', answer: 'inherited', password: 'inherited' })).toBe(
      'password of ECR\n',
    );
    const recorded = readFileSync(join(folder, 'recorded'), 'utf8');
    expect(recorded).toContain('--aws-sigv4\naws:amz:us-gov-west-1:ecr\n');
    for (const hidden of [...Object.values(keys), session, 'password of ECR']) expect(recorded).not.toContain(hidden);
  });
});
