import { beforeAll, describe, it } from 'vitest';
import { BuilderBed } from '../helpers/builder-jobs.ts';
import { dockerfileStep } from '../helpers/builder-steps.ts';
import { startStandIn } from '../helpers/registry-stand-in.ts';

const page = '<!DOCTYPE html><html><title>Sign in</title></html>';

describe.concurrent('a git server that does not accept the token', () => {
  let bed: BuilderBed;
  beforeAll(async () => {
    bed = await BuilderBed.open();
    return async () => await bed.dispose();
  });

  it.for([
    ['203 and a page', 203, {}],
    ['a redirect to its sign-in page', 302, { location: '/users/sign_in' }],
    ['a page that is not git’s, in several lines', 200, {}],
  ] as const)('is reported when it responds with %s', async ([, status, headers], { expect }) => {
    const server = await startStandIn((request, response) => {
      const isSignIn = request.url?.startsWith('/users/') === true;
      response.writeHead(isSignIn ? 200 : status, { 'content-type': 'text/html', ...headers });
      response.end(status === 200 ? page.replaceAll('>', '>\n') : page);
    });
    try {
      const url = `http://${server.host}/acme/model.git`;
      const source = { url, commit: '0'.repeat(40), network: 'host' };
      const job = await bed.run({ ...source, steps: [dockerfileStep('app')] });
      expect(job.reason, job.log).toBe('token-rejected');
      expect(job.log).toContain('with a web page or a redirect');
      expect(job.log).toContain('(user name x-access-token)');
      expect(job.exitCode).toBe(44);
    } finally {
      await server.stop();
    }
  });
});
