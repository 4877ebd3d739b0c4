import { describe, expect, it } from 'vitest';
import { parseEcrHost } from './ecr-host.ts';

describe('parseEcrHost', () => {
  it.each([
    ['123456789012.dkr.ecr.us-gov-west-1.amazonaws.com', 'us-gov-west-1', false],
    ['123456789012.dkr.ecr-fips.us-gov-east-1.amazonaws.com', 'us-gov-east-1', true],
    ['123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn', 'cn-north-1', false],
    ['123456789012.dkr.ecr.us-iso-east-1.c2s.ic.gov', 'us-iso-east-1', false],
    ['123456789012.dkr-ecr.eu-central-1.on.aws', 'eu-central-1', false],
  ])('parses %s', (host, region, fips) => {
    expect(parseEcrHost(host)).toEqual({ account: '123456789012', region, fips });
  });

  it.each([
    '127.0.0.1:5000',
    'public.ecr.aws',
    '12345.dkr.ecr.us-east-1.amazonaws.com',
    '123456789012.dkr.ecr.us-east-1.amazonaws.com.example.com',
    '123456789012.dkr.ecr.us-east-1.example.com',
    'x.123456789012.dkr.ecr.us-east-1.amazonaws.com',
    '123456789012.dkr.ecr.us-east-1.amazonaws.com:8443',
  ])('rejects %s as an ECR host', (host) => {
    expect(parseEcrHost(host)).toBeUndefined();
  });
});
