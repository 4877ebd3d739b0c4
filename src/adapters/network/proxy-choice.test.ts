import { describe, expect, it } from 'vitest';
import { TwinhullError } from '../../domain/errors/twinhull-error.ts';
import { proxyFor } from './proxy-choice.ts';

const proxies = { HTTP_PROXY: 'http://plain:1', HTTPS_PROXY: 'http://secure:2' };
const choose = (url: string, environment: Record<string, string>) => proxyFor(new URL(url), environment)?.host;

describe('proxyFor', () => {
  it('depends on the scheme of the requested URL', () => {
    expect(choose('http://host/', proxies)).toBe('plain:1');
    expect(choose('https://host/', proxies)).toBe('secure:2');
    expect(choose('https://host/', { HTTP_PROXY: 'http://plain:1' })).toBeUndefined();
    expect(choose('https://host/', {})).toBeUndefined();
  });

  it('prefers lower case, ignores empty values, and defaults the proxy’s scheme to http', () => {
    expect(choose('https://host/', { ...proxies, https_proxy: 'http://lower:3' })).toBe('lower:3');
    expect(choose('https://host/', { ...proxies, https_proxy: '' })).toBe('secure:2');
    expect(choose('https://host/', { HTTPS_PROXY: 'bare:4' })).toBe('bare:4');
  });

  it.each(['localhost', 'localhost:5000', '127.0.0.1', '127.3.2.1:80', '[::1]:5000'])('is undefined for %s', (host) => {
    expect(choose(`https://${host}/`, proxies)).toBeUndefined();
  });

  it.each([
    ['*', 'https://host.io', true],
    ['host.io', 'https://host.io', true],
    ['host.io', 'https://sub.host.io', true],
    ['.host.io', 'https://sub.host.io', true],
    ['*.host.io', 'https://sub.host.io', true],
    ['HOST.io', 'https://host.io', true],
    ['host.io', 'https://ghost.io', false],
    ['a.io, host.io', 'https://host.io', true],
    ['a.io host.io', 'https://host.io', true],
    ['host.io:443', 'https://host.io', true],
    ['host.io:5000', 'https://host.io', false],
    ['host.io:5000', 'https://host.io:5000', true],
    ['10.0.0.0/8', 'https://10.1.2.3:5000', true],
    ['10.0.0.0/8', 'https://11.1.2.3', false],
    ['10.0.0.0/99', 'https://10.1.2.3', false],
    ['10.1.2.3', 'https://10.1.2.3', true],
    ['10.1.2.3:5000', 'https://10.1.2.3:5000', true],
    ['1.2.3', 'https://10.1.2.3', false],
    ['fd00::/8', 'https://[fd00::2]', true],
    ['fd00::2', 'https://[fd00::2]', true],
    ['[fd00::2]:5000', 'https://[fd00::2]:5000', true],
    ['fd00::/8', 'https://10.1.2.3', false],
  ])('NO_PROXY=%s, %s: bypassed %s', (noProxy, url, leftOut) => {
    expect(choose(url, { ...proxies, NO_PROXY: noProxy })).toBe(leftOut ? undefined : 'secure:2');
  });

  it('refuses other kinds of proxies without quoting a password', () => {
    for (const proxy of ['socks5://me:hunter2@host:1', 'http://me:hunter2@ho st', '://']) {
      try {
        choose('https://host/', { HTTPS_PROXY: proxy });
        expect.unreachable();
      } catch (error) {
        if (!TwinhullError.is(error, 'SettingInvalid')) throw error;
        expect(error.message).toContain('HTTPS_PROXY');
        expect(error.message).not.toContain('hunter2');
      }
    }
  });
});
