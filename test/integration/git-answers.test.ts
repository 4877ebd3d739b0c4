import type { ServerResponse } from 'node:http';
import { expect, it } from 'vitest';
import { listReferences } from '../../src/adapters/git/list-references.ts';
import { hostAudience } from '../../src/domain/git-audience.ts';
import { standIn } from '../helpers/registry-stand-in.ts';

/** A server that answers as git servers do without read access to a repository; the client is real git. */

const html = { 'content-type': 'text/html; charset=utf-8' };
const page = '<!DOCTYPE html><html><title>Sign in</title></html>';

const answers: readonly (readonly [string, (response: ServerResponse, url: string) => void, RegExp])[] = [
  [
    'a redirect to its sign-in page, as GitLab',
    (response, url) => {
      if (url.startsWith('/users/sign_in')) response.writeHead(200, html).end(page);
      else response.writeHead(302, { location: '/users/sign_in' }).end();
    },
    /returned a web page or a redirect/,
  ],
  ['203 with a page, as Azure DevOps', (response) => response.writeHead(203, html).end(page), /returned a web page/],
  ['200 with a page', (response) => response.writeHead(200, html).end(page), /returned a web page/],
  ['404, as GitHub', (response) => response.writeHead(404, html).end(page), /shows no repository at/],
  ['403', (response) => response.writeHead(403, html).end(page), /refused/],
  [
    '401 again and again',
    (response) => response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end(),
    /refused/,
  ],
];

it.each(answers)('distinguishes %s, with the user name of the token', async (_, answer, message) => {
  const { host } = await standIn((request, response) => answer(response, request.url ?? ''));
  const url = `http://${host}/acme/model`;
  const credential = async () => ({ audience: hostAudience(url), username: 'x-token-auth', token: 'secret' });
  const failure: unknown = await listReferences(url, ['HEAD'], { credential }).catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: 'GitAccessDenied', message: expect.stringMatching(message) });
  expect(String(failure)).toContain('the token (user name x-token-auth)');
  expect(String(failure)).not.toContain('secret');
});

it('recognizes an HTML page without a token', async () => {
  const { host } = await standIn((_, response) => response.writeHead(203, html).end(page));
  await expect(listReferences(`http://${host}/acme/model`, ['HEAD'], {})).rejects.toMatchObject({
    code: 'GitAccessDenied',
    hint: expect.stringContaining(`no token is configured for ${host}`),
  });
});
