import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TwinhullError } from './errors/twinhull-error.ts';
import {
  digestOf,
  formatRepository,
  isDigest,
  isTag,
  parseDigest,
  parseImageRepository,
  parseTag,
} from './image-reference.ts';

function refusalOf(parse: () => unknown): TwinhullError {
  try {
    parse();
  } catch (error) {
    if (TwinhullError.is(error, 'ImageReferenceInvalid')) return error;
    throw error;
  }
  throw new Error('it was taken');
}

describe('parseImageRepository', () => {
  it.each([
    ['ghcr.io/covertlab/vecoli', 'ghcr.io', 'covertlab/vecoli'],
    ['localhost/app', 'localhost', 'app'],
    ['localhost:5000/app', 'localhost:5000', 'app'],
    ['registry:5000/app', 'registry:5000', 'app'],
    ['127.0.0.1:5000/a/b/c', '127.0.0.1:5000', 'a/b/c'],
    ['[::1]:5000/app', '[::1]:5000', 'app'],
    ['Registry.Example.COM/app', 'registry.example.com', 'app'],
    ['host.io/a__b/c.d/e--f_g', 'host.io', 'a__b/c.d/e--f_g'],
    [
      '123456789012.dkr.ecr.us-gov-west-1.amazonaws.com/vecoli',
      '123456789012.dkr.ecr.us-gov-west-1.amazonaws.com',
      'vecoli',
    ],
    ['docker.io/user/app', 'docker.io', 'user/app'],
    ['docker.io/debian', 'docker.io', 'library/debian'],
    ['index.docker.io/user/app', 'docker.io', 'user/app'],
  ])('parses %s', (text, host, path) => {
    expect(parseImageRepository(text)).toEqual({ host, path });
  });

  it.each([
    ['', 'it is empty'],
    ['user/app', 'names no registry host', '"docker.io/user/app"'],
    ['debian', 'names no registry host', '"docker.io/library/debian"'],
    ['debian:12', 'names no registry host', '"docker.io/library/debian"'],
    ['-x/$(id)', 'names no registry host', '"docker.io/user/app"'],
    ['ghcr.io', 'no path after the host'],
    ['ghcr.io/', 'no path after the host'],
    ['localhost:5000', 'names no registry host'],
    ['ghcr.io/app:1', 'ends in a tag'],
    [`ghcr.io/app@sha256:${'0'.repeat(64)}`, 'ends in a digest'],
    ['https://ghcr.io/app', 'it is a URL'],
    ['ghcr.io/App', 'capital letters'],
    ['ghcr.io//app', 'empty part'],
    ['ghcr.io/app/', 'empty part'],
    ['ghcr.io/../etc', '".."'],
    ['ghcr.io/a..b', '"a..b"'],
    ['ghcr.io/a___b', '"a___b"'],
    ['ghcr.io/-a', '"-a"'],
    ['ghcr.io/a b', '"a b"'],
    ['ghcr.io/a\n', '"a\\n"'],
    ['gh_cr.io/app', 'not a host name'],
    ['-ghcr.io/app', 'not a host name'],
    ['ghcr.io:0/app', '0 is not a port'],
    ['ghcr.io:65536/app', '65536 is not a port'],
    [`ghcr.io/${'a'.repeat(250)}`, 'longer than 255'],
  ])('refuses %j', (text, why, hint = '') => {
    const refusal = refusalOf(() => parseImageRepository(text));
    expect(refusal.message).toContain(why);
    expect(refusal.hint).toContain(hint);
  });

  it('does not quote a password', () => {
    for (const text of ['https://me:hunter2@ghcr.io/app', 'me:hunter2@ghcr.io/app', 'me:hunt/er2@ghcr.io/app']) {
      expect(refusalOf(() => parseImageRepository(text)).message).not.toMatch(/hunt/);
    }
  });

  it('parses what it formats', () => {
    const label = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?$/);
    const host = fc.tuple(
      fc.array(label, { minLength: 2, maxLength: 3 }),
      fc.option(fc.integer({ min: 1, max: 65_535 })),
    );
    const path = fc.array(fc.stringMatching(/^[a-z0-9]{1,5}((\.|_|__|-{1,3})[a-z0-9]{1,5}){0,2}$/), {
      minLength: 2,
      maxLength: 4,
    });
    fc.assert(
      fc.property(host, path, ([labels, port], parts) => {
        const text = `${labels.join('.')}${port === null ? '' : `:${port}`}/${parts.join('/')}`;
        const repository = parseImageRepository(text);
        expect(formatRepository(repository)).toBe(text);
        expect(parseImageRepository(formatRepository(repository))).toEqual(repository);
      }),
    );
  });

  it('accepts or refuses any text, and accepts nothing that could end a URL or an argument', () => {
    const nasty = fc.string({ unit: fc.constantFrom(...`ghcr.io/ab-_.:@$\`'"\\\n%?#&;~ []`) });
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          nasty,
          nasty.map((text) => `ghcr.io/${text}`),
        ),
        (text) => {
          try {
            expect(formatRepository(parseImageRepository(text))).toMatch(/^[a-z0-9[][a-z0-9.:[\]/_-]*$/);
          } catch (error) {
            expect(TwinhullError.is(error, 'ImageReferenceInvalid')).toBe(true);
          }
        },
      ),
      { numRuns: 1000 },
    );
  });
});

describe('parseTag', () => {
  it.each(['latest', '_', 'v1.2-rc_3', 'A'.repeat(128)])('accepts %s', (tag) => {
    expect(parseTag(tag)).toBe(tag);
    expect(isTag(tag)).toBe(true);
  });

  it.each([
    ['', 'it is empty'],
    ['.a', 'begins with a dot or dash'],
    ['-a', 'begins with a dot or dash'],
    ['a/b', 'only letters'],
    ['a\n', 'only letters'],
    ['ä', 'only letters'],
    ['A'.repeat(129), 'longer than 128'],
  ])('refuses %j', (tag, why) => {
    expect(refusalOf(() => parseTag(tag)).message).toContain(why);
    expect(isTag(tag)).toBe(false);
  });
});

describe('digests', () => {
  it('are computed from the exact bytes', () => {
    expect(digestOf(Buffer.from('abc'))).toBe(
      'sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    );
  });

  it('parse after formatting', () => {
    fc.assert(fc.property(fc.uint8Array(), (bytes) => parseDigest(digestOf(bytes)) === digestOf(bytes)));
  });

  it.each([
    ['sha256:abc', '64 hexadecimal digits'],
    [`sha256:${'A'.repeat(64)}`, 'lower case'],
    [`sha512:${'a'.repeat(128)}`, 'only sha256'],
    [`sha256:${'a'.repeat(64)}\n`, '64 hexadecimal digits'],
  ])('refuses %j', (text, why) => {
    expect(refusalOf(() => parseDigest(text)).message).toContain(why);
    expect(isDigest(text)).toBe(false);
  });
});
