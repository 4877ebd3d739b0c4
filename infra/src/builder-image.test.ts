import { expect, it } from 'vitest';
import { ecrImage } from './builder-image.ts';

it.each([
  [
    '123456789012.dkr.ecr.us-gov-west-1.amazonaws.com/a/b:1',
    { account: '123456789012', region: 'us-gov-west-1', repository: 'a/b' },
  ],
  [
    '123456789012.dkr.ecr-fips.us-gov-east-1.amazonaws.com/b@sha256:0',
    { account: '123456789012', region: 'us-gov-east-1', repository: 'b' },
  ],
  [
    '123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn/b',
    { account: '123456789012', region: 'cn-north-1', repository: 'b' },
  ],
  [
    '123456789012.dkr.ecr.us-iso-east-1.c2s.ic.gov/b',
    { account: '123456789012', region: 'us-iso-east-1', repository: 'b' },
  ],
  ['docker:cli', undefined],
  ['public.ecr.aws/docker/library/docker:cli', undefined],
  ['evil.example/123456789012.dkr.ecr.us-gov-west-1.amazonaws.com/b', undefined],
])('%s', (image, expected) => {
  expect(ecrImage(image)).toEqual(expected);
});
