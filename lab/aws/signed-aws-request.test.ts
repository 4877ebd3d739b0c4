import { describe, expect, it } from 'vitest';
import { signedAwsRequest } from '../../test/helpers/signed-aws-request.ts';

const signedFor = (service: string): string[] => [
  'authorization',
  `AWS4-HMAC-SHA256 Credential=lab/20261130/us-gov-west-1/${service}/aws4_request, SignedHeaders=host, Signature=0`,
];

describe('signedAwsRequest', () => {
  it.each([
    ['batch:submitjob', { method: 'POST', path: '/v1/submitjob', headers: signedFor('batch') }],
    [
      'ecr:DescribeRepositories',
      {
        method: 'POST',
        path: '/',
        headers: [...signedFor('ecr'), 'X-Amz-Target', 'AmazonEC2ContainerRegistry_V20150921.DescribeRepositories'],
      },
    ],
    [
      'ec2:DescribeSubnets',
      { method: 'POST', path: '/', headers: signedFor('ec2'), body: 'Version=2016-11-15&Action=DescribeSubnets' },
    ],
    [undefined, { method: 'GET', path: '/v2/', headers: 'authorization: Basic QVdTOng=\r\n' }],
  ])('finds %s', (call, request) => {
    expect(signedAwsRequest(request)).toBe(call);
  });
});
