import { describe, expect, it, onTestFinished } from 'vitest';
import { openRegistry, type RegistryOptions } from '../../src/adapters/registry/oci-registry.ts';
import { tinyImage } from '../helpers/registry-images.ts';
import { type Answer, refuse, standIn } from '../helpers/registry-stand-in.ts';
import { VirtualClock } from '../helpers/virtual-clock.ts';

/** Servers that try to obtain a login, or to repeat it: plain HTTP stand-ins, because no honest registry does that. */
const image = tinyImage('oci', 'linux/arm64');
const config = image.blobs[0] ?? Buffer.alloc(0);
const password = 'canary-55e0';
const basic = { credentials: async () => ({ username: 'me', password }) };

function open(host: string, options: RegistryOptions = {}) {
  const registry = openRegistry(`${host}/tests/app`, { environment: {}, clock: new VirtualClock(), ...options });
  onTestFinished(() => registry.close());
  return registry;
}

/** Requires a login first, as a registry with basic authentication does. */
function behindLogin(answer: Answer): Answer {
  return (request, response) => {
    if (request.headers.authorization !== undefined) return answer(request, response);
    response.setHeader('www-authenticate', 'Basic realm="stand-in"');
    refuse(response, 401, 'UNAUTHORIZED', 'authentication required');
  };
}

describe('redirects', () => {
  it('to storage are followed without the login, and the content is verified', async () => {
    const storage = await standIn((_, response) => response.end(config));
    const { host, calls } = await standIn(
      behindLogin((_, response) =>
        response.writeHead(307, { location: `http://${storage.host}/bucket/x?signature=abc` }).end(),
      ),
    );
    const registry = open(host, basic);
    await expect(registry.getImageConfig(image.config)).resolves.toMatchObject({
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
    await expect(open(host, basic).getImageConfig(image.config)).resolves.toBeDefined();
    expect(calls().at(-1)).toMatchObject({ url: '/elsewhere', authorization: expect.stringMatching(/^Basic /) });
  });

  it('to a host that requests a login do not receive ours', async () => {
    const thief = await standIn((_, response) =>
      response.writeHead(401, { 'www-authenticate': 'Basic realm="give"' }).end(),
    );
    const { host } = await standIn((_, response) =>
      response.writeHead(302, { location: `http://${thief.host}/` }).end(),
    );
    await expect(open(host, basic).getImageConfig(image.config)).rejects.toMatchObject({
      code: 'RegistryAccessDenied',
    });
    expect(thief.seen.every(({ authorization }) => authorization === undefined)).toBe(true);
  });

  it.each(['ftp://host/x', 'file:///etc/passwd', 'http://['])('to %s are not followed', async (location) => {
    const { host } = await standIn((_, response) => response.writeHead(302, { location }).end());
    await expect(open(host).getImageConfig(image.config)).rejects.toMatchObject({
      code: 'RegistryRefused',
    });
  });

  it('in a loop end', async () => {
    const { host, calls } = await standIn((request, response) =>
      response.writeHead(302, { location: request.url ?? '' }).end(),
    );
    await expect(open(host).getImageConfig(image.config)).rejects.toMatchObject({
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
    await expect(open(host, basic).check()).rejects.toMatchObject({
      code: 'RegistryRefused',
      message: expect.stringContaining('tokens.example over http'),
    });
  });

  it.each(['Negotiate', 'Bearer', 'Bearer realm="not a url"', ''])(
    'challenge of %j is a separate error',
    async (challenge) => {
      const { host } = await standIn((_, response) => response.writeHead(401, { 'www-authenticate': challenge }).end());
      await expect(open(host, basic).check()).rejects.toMatchObject({
        code: expect.stringMatching(/^Registry(Refused|AccessDenied)$/),
      });
    },
  );

  it.each(['{}', '{"token":""}', '{"token":"a\\nb"}', '<html>', '[]'])(
    'token answer %s is a separate error',
    async (body) => {
      const { host } = await standIn((request, response) => {
        if (request.url?.startsWith('/token')) return void response.end(body);
        response.writeHead(401, { 'www-authenticate': `Bearer realm="http://${request.headers.host}/token"` }).end();
      });
      await expect(open(host).check()).rejects.toMatchObject({
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
      .putManifest('v1', image.manifest)
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'RegistryRefused', message: expect.stringContaining('(BAD: Basic *** *** ') });
    expect(String(error)).not.toContain('\u001b');
  });

  it('without push permission is distinguished from a missing login', async () => {
    const { host } = await standIn(behindLogin((_, response) => refuse(response, 403, 'DENIED', 'no push for you')));
    await expect(open(host, basic).putManifest('v1', image.manifest)).rejects.toMatchObject({
      code: 'RegistryAccessDenied',
      message: expect.stringContaining('403 Forbidden (DENIED: no push for you)'),
      hint: expect.stringContaining('push'),
    });
  });
});
