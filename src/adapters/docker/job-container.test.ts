import { describe, expect, it } from 'vitest';
import type { JobRequest } from '../../ports/job-backend.ts';
import { jobContainer, refuseUnfitRequest } from './job-container.ts';

const request: JobRequest = {
  name: 'twinhull-b1-arm64-1',
  platform: 'linux/arm64',
  buildId: 'b1',
  attempt: 1,
  environment: { TWINHULL_COMMIT: 'abc', TWINHULL_STEP_1_ARG_1: 'a=b "c" $(d)\n' },
  buildSecrets: [],
  registryHost: 'registry.example',
  timeoutSeconds: 60,
};
const options = {
  builderImage: 'builder:1',
  receiveScript: 'receive',
  sharedFolder: '/volumes/v/_data',
  hostSocket: '/srv/docker.sock',
  graceSeconds: 30,
};

describe('jobContainer', () => {
  it('runs the script as PID 1 in an unprivileged container with the socket of its host', () => {
    expect(jobContainer(request, options)).toMatchObject({
      Image: 'builder:1',
      Entrypoint: ['sh', '-c', 'receive', 'receive.sh', '/run/twinhull', 'sh', '/run/twinhull/builder.sh'],
      HostConfig: {
        Init: false,
        AutoRemove: false,
        Privileged: false,
        Mounts: [
          { Type: 'bind', Source: '/srv/docker.sock', Target: '/run/docker.sock' },
          { Type: 'volume', Source: 'twinhull-checkout-twinhull-b1-arm64-1', Target: '/volumes/v/_data' },
        ],
        Tmpfs: { '/run/twinhull': 'mode=0700' },
      },
    });
  });

  it('can be found by its labels', () => {
    expect(jobContainer(request, options).Labels).toEqual({
      'dev.twinhull.builder': '1',
      'dev.twinhull.build': 'b1',
      'dev.twinhull.platform': 'linux/arm64',
      'dev.twinhull.attempt': '1',
      'dev.twinhull.job-name': 'twinhull-b1-arm64-1',
    });
  });

  it('passes values unchanged, and lets the job override the environment', () => {
    const { Env } = jobContainer(request, {
      ...options,
      environment: { HTTP_PROXY: 'http://p', TWINHULL_COMMIT: 'no' },
    });
    expect(Env).toEqual([
      'HTTP_PROXY=http://p',
      'TWINHULL_COMMIT=abc',
      'TWINHULL_STEP_1_ARG_1=a=b "c" $(d)\n',
      'TWINHULL_SHARED_FOLDER=/volumes/v/_data',
    ]);
  });

  it('sets network and hosts only if they are given', () => {
    expect(jobContainer(request, options).HostConfig).not.toHaveProperty('NetworkMode');
    const given = jobContainer(request, { ...options, network: 'builds', extraHosts: ['git.example:10.0.0.1'] });
    expect(given.HostConfig).toMatchObject({ NetworkMode: 'builds', ExtraHosts: ['git.example:10.0.0.1'] });
  });
});

describe('refuseUnfitRequest', () => {
  it('accepts a valid request', () => {
    expect(() => refuseUnfitRequest({ ...request, buildSecrets: ['npm_token', 'a.b-c'] })).not.toThrow();
  });

  it.each([
    [{ name: '-x' }, /name/],
    [{ name: 'a/b' }, /name/],
    [{ name: '' }, /name/],
    [{ buildSecrets: ['../../etc/passwd'] }, /secret id/],
    [{ buildSecrets: ['..'] }, /secret id/],
    [{ environment: { 'A=B': '' } }, /environment name "A=B"/],
    [{ environment: { A: 'a\0b' } }, /NUL/],
  ])('refuses %j', (change, why) => {
    expect(() => refuseUnfitRequest({ ...request, ...change })).toThrow(
      expect.objectContaining({ code: 'JobRefused', message: expect.stringMatching(why) }),
    );
  });
});
