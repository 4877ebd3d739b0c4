import { expect, it } from 'vitest';
import { proxyEnvironment } from './proxy-environment.ts';

it('passes the operator’s proxy settings in both spellings', () => {
  expect(proxyEnvironment({ HTTPS_PROXY: 'http://p:1', no_proxy: 'a,b', HTTP_PROXY: '', PATH: '/bin' })).toEqual({
    HTTPS_PROXY: 'http://p:1',
    https_proxy: 'http://p:1',
    NO_PROXY: 'a,b',
    no_proxy: 'a,b',
  });
});
