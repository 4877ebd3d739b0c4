import { expect, it } from 'vitest';
import { loadSettings } from '../../../settings/settings.ts';
import { judgeIdentity } from './identity-check.ts';

const account = '123456789012';
const arn = `arn:aws-us-gov:iam::${account}:user/ci`;
const judge = (environment: Record<string, string> = {}, facts = { account, arn }) =>
  judgeIdentity(
    'AWS identity',
    facts,
    loadSettings({ BATCH_REGION: 'us-gov-west-1', TWINHULL_SETTINGS_FILE: '/dev/null', ...environment }).aws,
  );

it('reports the caller and the region', () => {
  expect(judge()).toEqual([
    { name: 'AWS identity', status: 'ok', detail: `${arn}, account ${account}, us-gov-west-1` },
  ]);
});

it('reports credentials of another partition', () => {
  expect(judge({}, { account, arn: `arn:aws:iam::${account}:user/ci` })).toMatchObject([
    {
      status: 'problem',
      detail: expect.stringContaining('belongs to the partition aws, but us-gov-west-1 to aws-us-gov'),
    },
  ]);
});

it.each([
  [
    'BUILD_ARM64_QUEUE',
    `arn:aws-us-gov:batch:us-gov-east-1:${account}:job-queue/q`,
    'in us-gov-east-1, not us-gov-west-1',
  ],
  ['BUILD_AMD64_QUEUE', 'arn:aws-us-gov:batch:us-gov-west-1:210987654321:job-queue/q', 'of account 210987654321, not'],
  [
    'BUILD_JOB_DEFINITION',
    `arn:aws:batch:us-gov-west-1:${account}:job-definition/d:1`,
    'of the partition aws, not aws-us-gov',
  ],
  [
    'BUILD_GIT_SECRET_ARN',
    `arn:aws-us-gov:secretsmanager:us-gov-east-1:${account}:secret:s-abcdef`,
    'in us-gov-east-1',
  ],
  [
    'TWINHULL_BUILD_SECRETS',
    `npm=arn:aws-us-gov:secretsmanager:us-gov-east-1:${account}:secret:s-abcdef`,
    'in us-gov-east-1',
  ],
])('reports %s of another region, account or partition', (setting, value, detail) => {
  expect(judge({ [setting]: value })).toMatchObject([
    { status: 'problem', detail: expect.stringContaining(detail), advice: expect.stringContaining(setting) },
  ]);
});

it('accepts plain names, and a secret of another account', () => {
  const secret = 'arn:aws-us-gov:secretsmanager:us-gov-west-1:210987654321:secret:s-abcdef';
  expect(judge({ BUILD_GIT_SECRET_ARN: secret, BUILD_ARM64_QUEUE: 'q' })).toMatchObject([{ status: 'ok' }]);
});
