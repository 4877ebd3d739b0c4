import { generateKeyPairSync } from 'node:crypto';
import { expect, it, onTestFinished } from 'vitest';
import { E2eBed } from '../helpers/e2e-bed.ts';
import { openGate } from '../helpers/e2e-gate.ts';
import { expectPublished } from '../helpers/expect-published.ts';
import { startGitServer } from '../helpers/git-server.ts';
import { GitHubService, webhookSecret } from '../helpers/github-service.ts';
import { GitHubStandIn, type GitHubStandInOptions } from '../helpers/github-stand-in.ts';
import { pollUntil } from '../helpers/poll-until.ts';

const deadline = 300_000;

async function openBed(options: GitHubStandInOptions) {
  const bed = await E2eBed.open();
  const gate = await openGate(bed);
  const gitHub = await GitHubStandIn.start(options);
  onTestFinished(async () => {
    await gate.close();
    await gitHub.stop();
    await bed.dispose();
  });
  return { bed, gate, gitHub };
}

/** States without consecutive repeats. */
function stretches(states: readonly string[]): readonly string[] {
  return states.filter((state, at) => state !== states[at - 1]);
}

it('builds a push and reports it to GitHub, although the service is killed and GitHub is down in between', async () => {
  const token = 'ghp_canary4711';
  const { bed, gate, gitHub } = await openBed({ token });
  const service = await GitHubService.make(bed, bed.lab.git.url, gate.dockerfile('first'), {
    TWINHULL_GITHUB_API_URL: gitHub.url,
    TWINHULL_GITHUB_TOKEN_FILE: await bed.file(token, 'github-token'),
  });
  onTestFinished(() => service.dispose());
  const first = await service.repository.head();
  await service.start();

  expect(await service.push(first, { secret: 'a guess' })).toMatchObject({ status: 403 });
  expect(await service.push(first, { branch: 'feature/x' })).toMatchObject({
    status: 202,
    json: { ignored: 'no recipe builds branch "feature/x"', builds: [] },
  });
  const pushed = await service.push(first);
  expect(pushed).toMatchObject({ status: 202, json: { builds: [{ outcome: 'created' }] } });
  const [{ id } = { id: '' }] = pushed.json.builds ?? [];
  await pollUntil('the first status', () => gitHub.statesOf(first).includes('pending'), deadline);
  expect(gitHub.statuses[0]).toMatchObject({
    repository: service.name,
    context: 'twinhull/model',
    description: 'building linux/arm64 and linux/amd64',
    target_url: `https://builds.example/v1/builds/${id}`,
  });
  await pollUntil('both jobs to run', () => gate.waiting() >= 2, deadline);

  // GitHub's API goes down, then the service; a push and the end of a build happen in that time.
  gitHub.fault = () => ({ status: 503 });
  const second = await service.repository.commit({ Dockerfile: gate.dockerfile('second') }, { branch: 'release/1' });
  // The branch moves on at once: the pushed commit is built all the same.
  await service.repository.commit({ Dockerfile: 'FROM nothing-that-there-is' }, { branch: 'release/1' });
  expect(await service.push(second, { branch: 'release/1' })).toMatchObject({ status: 202 });
  await service.kill();
  gate.letGo();
  await service.start();
  const again = await service.push(first);
  expect(again).toMatchObject({ status: 202, json: { builds: [{ id }] } });
  await pollUntil(
    'both builds to be published',
    async () => (await service.builds()).filter(({ state }) => state === 'published').length === 2,
    deadline,
  );
  expect([stretches(gitHub.statesOf(first)), gitHub.statesOf(second)]).toEqual([['pending'], []]);
  await service.kill();

  gitHub.fault = () => undefined;
  await service.start();
  for (const commit of [first, second])
    await pollUntil(`the status of ${commit}`, () => gitHub.statesOf(commit).includes('success'), deadline);
  expect(stretches(gitHub.statesOf(first))).toEqual(['pending', 'success']);
  // Its pending state was not sent: it was outdated by then.
  expect(stretches(gitHub.statesOf(second))).toEqual(['success']);

  for (const { id: each, commit } of await service.builds()) {
    const build = await service.build(each);
    expect([first, second]).toContain(commit);
    await expectPublished(bed, build);
  }
  const events = await service.text(`/v1/builds/${id}/events`);
  expect(events).toContain(`"by":"github:${first}/octocat"`);
  expect(await service.stop()).toBe(0);
  for (const place of [service.log, await service.database(), events]) {
    expect(place).not.toContain(token);
    expect(place).not.toContain(webhookSecret);
  }
});

it('clones and reports as a GitHub App, with tokens for the one repository', async () => {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  });
  const token = 'ghs_canary.of-the.installation';
  const bed = await E2eBed.open();
  // A git server that accepts only the App's token, as GitHub's does.
  const git = await startGitServer(bed.lab, token);
  const name = `acme-${bed.name}/model`;
  const gitHub = await GitHubStandIn.start({
    app: {
      id: 7,
      publicKey,
      repositories: [name],
      installationId: 42,
      permissions: { contents: 'read', statuses: 'write' },
    },
  });
  gitHub.nextToken = ({ contents }) => ({
    token: contents === undefined ? token.replace('installation', 'statuses') : token,
    lifetime: 3_600_000,
  });
  const dockerfile = `FROM ${bed.lab.images.busybox}\nRUN env; ls -a; echo done >/line\n`;
  const service = await GitHubService.make(bed, git.url, dockerfile, {
    TWINHULL_GIT_TOKEN_FILE: undefined,
    TWINHULL_GITHUB_API_URL: gitHub.url,
    TWINHULL_GITHUB_APP_ID: '7',
    TWINHULL_GITHUB_APP_KEY_FILE: await bed.file(privateKey, 'app.pem'),
  });
  onTestFinished(async () => {
    await service.dispose();
    await gitHub.stop();
    await bed.dispose();
    await git.stop();
  });
  await service.start();
  const commit = await service.repository.head();

  // The git adapter resolves a branch with the App's token, too.
  const plan = await bed.run(['plan', '--ref', 'main', '--recipe', service.recipe, '--json'], { env: service.env });
  expect(plan.exitCode, plan.stderr).toBe(0);
  expect(JSON.parse(plan.stdout)).toMatchObject({ source: { commit } });

  const pushed = await service.push(commit);
  expect(pushed, service.log).toMatchObject({ status: 202, json: { builds: [{ outcome: 'created' }] } });
  const [{ id } = { id: '' }] = pushed.json.builds ?? [];
  await pollUntil('the last status', () => gitHub.statesOf(commit).includes('success'), deadline);
  expect(stretches(gitHub.statesOf(commit))).toEqual(['pending', 'success']);
  await expectPublished(bed, await service.build(id));
  expect(gitHub.issued.map(({ repositories }) => repositories)).toEqual(gitHub.issued.map(() => [name]));
  const permissions = new Set(gitHub.issued.map((one) => JSON.stringify(one.permissions)));
  expect(permissions).toEqual(new Set(['{"contents":"read"}', '{"statuses":"write"}']));

  const logs = [await service.text(`/v1/builds/${id}/logs/arm64`), await service.text(`/v1/builds/${id}/logs/amd64`)];
  expect(logs.join('')).toContain('RUN env');
  expect(await service.stop()).toBe(0);
  const places = [service.log, await service.database(), plan.stdout, plan.stderr, ...logs];
  for (const place of places) {
    expect(place).not.toContain('canary.of-the');
    expect(place).not.toContain('PRIVATE KEY');
  }
});
