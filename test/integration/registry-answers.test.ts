import type { ServerResponse } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openRegistry, type RegistryOptions } from '../../src/adapters/registry/oci-registry.ts';
import { mediaTypes } from '../../src/domain/image-document.ts';
import { digestOf } from '../../src/domain/image-reference.ts';
import { tinyImage } from '../helpers/registry-images.ts';
import { type Answer, refuse, standIn } from '../helpers/registry-stand-in.ts';
import { VirtualClock } from '../helpers/virtual-clock.ts';

/**
 * Answers that docker-registry cannot be made to give come from a plain HTTP stand-in here; if another product's
 * wording matters, the test names it.
 */
const image = tinyImage('oci', 'linux/arm64');

function giveManifest(
  response: ServerResponse,
  bytes = image.manifest.bytes,
  headers: Record<string, string> = {},
): void {
  response.writeHead(200, { 'content-type': mediaTypes.ociManifest, ...headers }).end(bytes);
}

function open(host: string, options: RegistryOptions = {}) {
  const clock = new VirtualClock();
  const registry = openRegistry(`${host}/tests/app`, { environment: {}, clock, ...options });
  onTestFinished(() => registry.close());
  const begun = clock.now();
  return { registry, waited: () => clock.now() - begun };
}

describe('transient errors', () => {
  it.each([429, 500, 502, 503, 504])('of status %i are retried', async (status) => {
    const trouble = [status, status];
    const { host, calls } = await standIn((_, response) => {
      const next = trouble.shift();
      if (next === undefined) giveManifest(response);
      else refuse(response, next, 'TOOMANYREQUESTS', 'slow down');
    });
    const { registry, waited } = open(host);
    await expect(registry.getManifest('v1')).resolves.toEqual(image.manifest);
    expect(calls()).toHaveLength(3);
    expect(waited()).toBeGreaterThan(300);
  });

  it('are retried when storing, too', async () => {
    const trouble = [503];
    const { host, calls } = await standIn((_, response) => {
      response.writeHead(trouble.shift() ?? 201).end();
    });
    await open(host).registry.putManifest('v1', image.manifest);
    expect(calls().map(({ method }) => method)).toEqual(['PUT', 'PUT']);
  });

  it('are retried after the delay of Retry-After', async () => {
    const trouble = [429];
    const { host } = await standIn((_, response) => {
      if (trouble.shift() === undefined) giveManifest(response);
      else response.writeHead(429, { 'retry-after': '7' }).end();
    });
    const { registry, waited } = open(host);
    await registry.getManifest('v1');
    expect(waited()).toBeGreaterThanOrEqual(7_000);
    expect(waited()).toBeLessThan(8_000);
  });

  it('that persist are reported with the registry’s message', async () => {
    const { host, calls } = await standIn((_, response) =>
      refuse(response, 503, 'UNAVAILABLE', 'down for maintenance'),
    );
    const { registry, waited } = open(host);
    await expect(registry.getManifest('v1')).rejects.toMatchObject({
      code: 'RegistryUnreachable',
      message: `cannot read ${host}/tests/app:v1: ${host} answered 503 Service Unavailable (UNAVAILABLE: down for maintenance)`,
    });
    expect(calls()).toHaveLength(5);
    expect(waited()).toBeLessThan(30_000);
  });

  it('with a Retry-After of an hour are not retried', async () => {
    const { host, calls } = await standIn((_, response) => response.writeHead(429, { 'retry-after': '3600' }).end());
    const { registry, waited } = open(host);
    await expect(registry.resolve('v1')).rejects.toMatchObject({ code: 'RegistryUnreachable' });
    expect(waited()).toBe(0);
    // The refusal of a HEAD has no text, so a GET retrieves it.
    expect(calls().map(({ method }) => method)).toEqual(['HEAD', 'GET']);
  });

  it('of a broken connection are retried, and reported when they persist', async () => {
    const broken = [true];
    const breaks: Answer = (_, response) => {
      response.writeHead(200, {
        'content-type': mediaTypes.ociManifest,
        'content-length': image.manifest.bytes.length,
      });
      response.write(image.manifest.bytes.subarray(0, 20), () => response.destroy());
    };
    const once = await standIn((request, response) =>
      broken.pop() ? breaks(request, response) : giveManifest(response),
    );
    await expect(open(once.host).registry.getManifest('v1')).resolves.toEqual(image.manifest);
    const always = await standIn(breaks);
    await expect(open(always.host).registry.getManifest('v1')).rejects.toMatchObject({
      code: 'RegistryUnreachable',
      message: expect.stringContaining('the connection broke'),
    });
  });
});

describe('a response', () => {
  it('must not be larger than 4 MiB', async () => {
    const { host } = await standIn((_, response) => giveManifest(response, Buffer.alloc(4 * 1024 * 1024 + 1, ' ')));
    const { registry } = open(host);
    const tooLarge = { code: 'RegistryRefused', message: expect.stringContaining('larger than 4 MiB') };
    await expect(registry.getManifest('v1')).rejects.toMatchObject(tooLarge);
    await expect(registry.getImageConfig(image.config)).rejects.toMatchObject(tooLarge);
  });

  it('may be 4 MiB', async () => {
    const bytes = Buffer.alloc(4 * 1024 * 1024, ' ');
    const { host } = await standIn((_, response) => giveManifest(response, bytes));
    await expect(open(host).registry.getManifest('v1')).resolves.toMatchObject({ digest: digestOf(bytes) });
  });

  it('must match its digest', async () => {
    const other = tinyImage('oci', 'linux/arm64').manifest;
    const { host } = await standIn((_, response) => {
      giveManifest(response, image.manifest.bytes, { 'docker-content-digest': other.digest });
    });
    const { registry } = open(host);
    const wrong = {
      code: 'RegistryRefused',
      message: expect.stringContaining(`has other bytes than ${other.digest}`),
    };
    await expect(registry.getManifest(other.digest)).rejects.toMatchObject(wrong);
    await expect(registry.getManifest('v1')).rejects.toMatchObject(wrong);
    await expect(registry.getImageConfig(image.config)).rejects.toMatchObject({ code: 'RegistryRefused' });
  });

  it('is identified by the digest of its bytes where the registry sends none', async () => {
    const { host, calls } = await standIn((_, response) => giveManifest(response));
    await expect(open(host).registry.resolve('v1')).resolves.toBe(image.manifest.digest);
    expect(calls().map(({ method }) => method)).toEqual(['HEAD', 'GET']);
  });

  it('has the media type of its content where the registry sends none', async () => {
    const { host } = await standIn((_, response) =>
      giveManifest(response, undefined, { 'content-type': 'application/json; charset=utf-8' }),
    );
    await expect(open(host).registry.getManifest('v1')).resolves.toEqual(image.manifest);
  });
});

describe('a host that is not a registry', () => {
  it('is detected by a check', async () => {
    const { host } = await standIn((_, response) =>
      response.writeHead(404, { 'content-type': 'text/html' }).end('<h1>Not here</h1>'),
    );
    await expect(open(host).registry.check()).rejects.toMatchObject({
      code: 'RegistryRefused',
      message: expect.stringContaining('is not an image registry'),
    });
  });
});

describe('paginated tags', () => {
  /** A stand-in: docker-registry 2.8 returns all tags at once. */
  async function listOf(answer: Answer) {
    const { host, calls } = await standIn(answer);
    const tags = open(host).registry.listTags();
    return { tags, calls };
  }

  it('are followed to the last page, on the original host', async () => {
    const pages: Record<string, { tags: string[]; next?: string }> = {
      '/v2/tests/app/tags/list?n=1000': { tags: ['a', 'b'], next: 'https://other.example/v2/x/tags/list?last=b&n=2' },
      '/v2/tests/app/tags/list?n=1000&last=b': { tags: ['c'] },
    };
    const { tags, calls } = await listOf(({ url = '' }, response) => {
      const page = pages[url];
      if (page?.next !== undefined) response.setHeader('link', `<${page.next}>; rel="next"`);
      response.end(JSON.stringify({ name: 'tests/app', tags: page?.tags }));
    });
    await expect(tags).resolves.toEqual(['a', 'b', 'c']);
    expect(calls()).toHaveLength(2);
  });

  it('end where a registry sends the same page again', async () => {
    const { tags, calls } = await listOf((_, response) => {
      response.setHeader('link', '</v2/tests/app/tags/list?last=a>; rel="next"');
      response.end(JSON.stringify({ tags: ['a'] }));
    });
    await expect(tags).resolves.toEqual(['a']);
    expect(calls()).toHaveLength(2);
  });
});
