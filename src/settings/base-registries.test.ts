import { expect, it } from 'vitest';
import { baseRegistriesOf } from './base-registries.ts';

const ecr = '123456789012.dkr.ecr.us-gov-west-1.amazonaws.com';

it('parses hosts, and on AWS also their secrets', () => {
  expect(baseRegistriesOf(['GHCR.io', 'registry.example:5000', ecr], 'docker')).toEqual([
    { host: 'ghcr.io' },
    { host: 'registry.example:5000' },
    { host: ecr },
  ]);
  expect(baseRegistriesOf([`ghcr.io=arn:aws:secretsmanager:x`, ecr], 'aws')).toEqual([
    { host: 'ghcr.io', secretId: 'arn:aws:secretsmanager:x' },
    { host: ecr },
  ]);
});

it.each([
  ['ghcr.io/acme', 'docker'],
  ['ghcr.io=secret', 'docker'],
  ['https://ghcr.io', 'docker'],
  ['ghcr.io', 'aws'],
  ['ghcr.io=', 'aws'],
  [`${ecr}=secret`, 'aws'],
  ['', 'docker'],
] as const)('refuses %j on %s', (word, backend) => {
  expect(() => baseRegistriesOf([word], backend)).toThrow(expect.objectContaining({ code: 'SettingInvalid' }));
});
