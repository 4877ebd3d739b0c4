import type { IncomingMessage, ServerResponse } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openRegistry, type RegistryOptions } from '../../src/adapters/registry/oci-registry.ts';
import { mediaTypes } from '../../src/domain/image-index.ts';
import { digestOf } from '../../src/domain/image-reference.ts';
import { tinyImage } from '../helpers/registry-images.ts';
import { refuse, startStandIn } from '../helpers/registry-stand-in.ts';
import { VirtualClock } from '../helpers/virtual-clock.ts';

/**
 * Answers that docker-registry cannot be made to give come from a plain HTTP stand-in here; where another product's
 * wording matters, the test names it.
 */
const image = tinyImage('oci', 'linux/arm64');
const config = image.blobs[0] ?? Buffer.alloc(0);
const password = 'canary-55e0';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

function giveManifest(
  response: ServerResponse,
  bytes = image.manifest.bytes,
  headers: Record<string, string> = {},
): void {
  response.writeHead(200, { 'content-type': mediaTypes.ociManifest, ...headers }).end(bytes);
}

/** The question which scheme is spoken is answered by 200; all else by `answer`. */
async function standIn(answer: Answer) {
  const server = await startStandIn((request, response) => {
    if (request.url === '/v2/') response.end();
    else answer(request, response);
  });
  onTestFinished(() => server.stop());
  const calls = () => server.seen.filter(({ url }) => url !== '/v2/');
  return { ...server, calls };
}

function open(host: string, options: RegistryOptions = {}) {
  const clock = new VirtualClock();
  const registry = openRegistry(`${host}/tests/app`, { environment: {}, clock, ...options });
  onTestFinished(() => registry.close());
  const begun = clock.now();
  return { registry, waited: () => clock.now() - begun };
}

const basic = { credentials: async () => ({ username: 'me', password }) };

/** Asks for a login first, as a registry with basic authentication does. */
function behindLogin(answer: Answer): Answer {
  return (request, response) => {
    if (request.headers.authorization !== undefined) return answer(request, response);
    response.setHeader('www-authenticate', 'Basic realm="stand-in"');
    refuse(response, 401, 'UNAUTHORIZED', 'authentication required');
  };
}

describe('passing trouble', () => {
  it.each([429, 500, 502, 503, 504])('of status %i is waited out', async (status) => {
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

  it('is waited out when storing, too', async () => {
    const trouble = [503];
    const { host, calls } = await standIn((_, response) => {
      response.writeHead(trouble.shift() ?? 201).end();
    });
    await open(host).registry.putManifest('v1', image.manifest);
    expect(calls().map(({ method }) => method)).toEqual(['PUT', 'PUT']);
  });

  it('is waited out for as long as Retry-After says', async () => {
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

  it('that lasts is an error with what the registry said', async () => {
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

  it('that is to last for an hour is not waited for', async () => {
    const { host, calls } = await standIn((_, response) => response.writeHead(429, { 'retry-after': '3600' }).end());
    const { registry, waited } = open(host);
    await expect(registry.resolve('v1')).rejects.toMatchObject({ code: 'RegistryUnreachable' });
    expect(waited()).toBe(0);
    // The refusal of a HEAD has no text, so a GET asks for it.
    expect(calls().map(({ method }) => method)).toEqual(['HEAD', 'GET']);
  });

  it('of a broken connection is tried again, and is an error when it lasts', async () => {
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

describe('what is received', () => {
  it('must not be larger than 4 MiB', async () => {
    const { host } = await standIn((_, response) => giveManifest(response, Buffer.alloc(4 * 1024 * 1024 + 1, ' ')));
    const { registry } = open(host);
    const tooLarge = { code: 'RegistryRefused', message: expect.stringContaining('larger than 4 MiB') };
    await expect(registry.getManifest('v1')).rejects.toMatchObject(tooLarge);
    await expect(registry.getImageConfig(image.configDigest)).rejects.toMatchObject(tooLarge);
  });

  it('may be 4 MiB', async () => {
    const bytes = Buffer.alloc(4 * 1024 * 1024, ' ');
    const { host } = await standIn((_, response) => giveManifest(response, bytes));
    await expect(open(host).registry.getManifest('v1')).resolves.toMatchObject({ digest: digestOf(bytes) });
  });

  it('must be what its digest says', async () => {
    const other = tinyImage('oci', 'linux/arm64').manifest;
    const { host } = await standIn((_, response) => {
      giveManifest(response, image.manifest.bytes, { 'docker-content-digest': other.digest });
    });
    const { registry } = open(host);
    const wrong = {
      code: 'RegistryRefused',
      message: expect.stringContaining(`came with other bytes than ${other.digest}`),
    };
    await expect(registry.getManifest(other.digest)).rejects.toMatchObject(wrong);
    await expect(registry.getManifest('v1')).rejects.toMatchObject(wrong);
    await expect(registry.getImageConfig(image.configDigest)).rejects.toMatchObject({ code: 'RegistryRefused' });
  });

  it('is resolved by its bytes where the registry tells no digest', async () => {
    const { host, calls } = await standIn((_, response) => giveManifest(response));
    await expect(open(host).registry.resolve('v1')).resolves.toBe(image.manifest.digest);
    expect(calls().map(({ method }) => method)).toEqual(['HEAD', 'GET']);
  });

  it('has the media type that it says of itself where the registry tells none', async () => {
    const { host } = await standIn((_, response) =>
      giveManifest(response, undefined, { 'content-type': 'application/json; charset=utf-8' }),
    );
    await expect(open(host).registry.getManifest('v1')).resolves.toEqual(image.manifest);
  });
});

describe('redirects', () => {
  it('to storage are followed without the login, and what lies there is checked', async () => {
    const storage = await standIn((_, response) => response.end(config));
    const { host, calls } = await standIn(
      behindLogin((_, response) =>
        response.writeHead(307, { location: `http://${storage.host}/bucket/x?signature=abc` }).end(),
      ),
    );
    const { registry } = open(host, basic);
    await expect(registry.getImageConfig(image.configDigest)).resolves.toMatchObject({
      os: 'linux',
      architecture: 'arm64',
    });
    expect(calls().at(-1)?.authorization).toMatch(/^Basic /);
    expect(storage.calls()).toEqual([{ method: 'GET', url: '/bucket/x?signature=abc', authorization: undefined }]);
  });

  it('on the registry itself keep the login', async () => {
    const { host, calls } = await standIn(
      behindLogin((request, response) => {
        if (request.url?.startsWith('/v2/tests/app/')) response.writeHead(302, { location: '/elsewhere' }).end();
        else response.end(config);
      }),
    );
    await expect(open(host, basic).registry.getImageConfig(image.configDigest)).resolves.toBeDefined();
    expect(calls().at(-1)).toMatchObject({ url: '/elsewhere', authorization: expect.stringMatching(/^Basic /) });
  });

  it('to a host that asks for a login do not get ours', async () => {
    const thief = await standIn((_, response) =>
      response.writeHead(401, { 'www-authenticate': 'Basic realm="give"' }).end(),
    );
    const { host } = await standIn((_, response) =>
      response.writeHead(302, { location: `http://${thief.host}/` }).end(),
    );
    await expect(open(host, basic).registry.getImageConfig(image.configDigest)).rejects.toMatchObject({
      code: 'RegistryAccessDenied',
    });
    expect(thief.seen.every(({ authorization }) => authorization === undefined)).toBe(true);
  });

  it.each(['ftp://host/x', 'file:///etc/passwd', 'http://['])('to %s are not followed', async (location) => {
    const { host } = await standIn((_, response) => response.writeHead(302, { location }).end());
    await expect(open(host).registry.getImageConfig(image.configDigest)).rejects.toMatchObject({
      code: 'RegistryRefused',
    });
  });

  it('in a circle end', async () => {
    const { host, calls } = await standIn((request, response) =>
      response.writeHead(302, { location: request.url ?? '' }).end(),
    );
    await expect(open(host).registry.getImageConfig(image.configDigest)).rejects.toMatchObject({
      code: 'RegistryRefused',
    });
    expect(calls()).toHaveLength(6);
  });
});

describe('a login', () => {
  it('is not sent to a token service over plain http', async () => {
    const { host } = await standIn((_, response) => {
      response.writeHead(401, { 'www-authenticate': 'Bearer realm="http://tokens.example/get",service="x"' }).end();
    });
    await expect(open(host, basic).registry.check()).rejects.toMatchObject({
      code: 'RegistryRefused',
      message: expect.stringContaining('tokens.example over http'),
    });
  });

  it.each(['Negotiate', 'Bearer', 'Bearer realm="not a url"', ''])(
    'challenge of %j is an error of its own',
    async (challenge) => {
      const { host } = await standIn((_, response) => response.writeHead(401, { 'www-authenticate': challenge }).end());
      await expect(open(host, basic).registry.check()).rejects.toMatchObject({
        code: expect.stringMatching(/^Registry(Refused|AccessDenied)$/),
      });
    },
  );

  it.each(['{}', '{"token":""}', '{"token":"a\\nb"}', '<html>', '[]'])(
    'token answer %s is an error of its own',
    async (body) => {
      const { host } = await standIn((request, response) => {
        if (request.url?.startsWith('/token')) return void response.end(body);
        response.writeHead(401, { 'www-authenticate': `Bearer realm="http://${request.headers.host}/token"` }).end();
      });
      await expect(open(host).registry.check()).rejects.toMatchObject({
        code: 'RegistryRefused',
        message: expect.stringContaining('no token'),
      });
    },
  );

  it('is never in an error, though the server repeats it', async () => {
    const { host } = await standIn(
      behindLogin((request, response) =>
        refuse(response, 400, 'BAD', `${request.headers.authorization} ${password}\n\u001b[31m`),
      ),
    );
    const error: unknown = await open(host, basic)
      .registry.putManifest('v1', image.manifest)
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'RegistryRefused', message: expect.stringContaining('(BAD: Basic *** *** ') });
    expect(String(error)).not.toContain('\u001b');
  });

  it('that may not push is told apart from no login', async () => {
    const { host } = await standIn(behindLogin((_, response) => refuse(response, 403, 'DENIED', 'no push for you')));
    await expect(open(host, basic).registry.putManifest('v1', image.manifest)).rejects.toMatchObject({
      code: 'RegistryAccessDenied',
      message: expect.stringContaining('403 Forbidden (DENIED: no push for you)'),
      hint: expect.stringContaining('push'),
    });
  });
});

describe('a host that is no registry', () => {
  it('is found out by a check', async () => {
    const { host } = await standIn((_, response) =>
      response.writeHead(404, { 'content-type': 'text/html' }).end('<h1>Not here</h1>'),
    );
    await expect(open(host).registry.check()).rejects.toMatchObject({
      code: 'RegistryRefused',
      message: expect.stringContaining('is no image registry'),
    });
  });
});
