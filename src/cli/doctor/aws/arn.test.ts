import { expect, it } from 'vitest';
import { parseArn, partitionOf } from './arn.ts';

it.each([
  ['us-gov-west-1', 'aws-us-gov'],
  ['us-gov-east-1', 'aws-us-gov'],
  ['cn-north-1', 'aws-cn'],
  ['us-iso-east-1', 'aws-iso'],
  ['us-isob-east-1', 'aws-iso-b'],
  ['us-isof-south-1', 'aws-iso-f'],
  ['eu-isoe-west-1', 'aws-iso-e'],
  ['eusc-de-east-1', 'aws-eusc'],
  ['us-east-1', 'aws'],
  ['eu-west-1', 'aws'],
])('finds the partition of %s', (region, partition) => {
  expect(partitionOf(region)).toBe(partition);
});

it('parses ARNs only', () => {
  expect(parseArn('arn:aws-us-gov:batch:us-gov-west-1:123456789012:job-queue/a')).toEqual({
    partition: 'aws-us-gov',
    service: 'batch',
    region: 'us-gov-west-1',
    account: '123456789012',
  });
  expect(parseArn('arn:aws:iam::123456789012:role/a')).toMatchObject({ region: '', account: '123456789012' });
  for (const text of ['vecoli-build-arm64', 'arn:aws:batch', 'name:7', '', 'arn:other:batch:a:123456789012:b'])
    expect(parseArn(text)).toBeUndefined();
});
