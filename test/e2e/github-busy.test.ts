import { expect, it, onTestFinished } from 'vitest';
import { E2eBed } from '../helpers/e2e-bed.ts';
import { openGate } from '../helpers/e2e-gate.ts';
import { expectPublished } from '../helpers/expect-published.ts';
import { GitHubService } from '../helpers/github-service.ts';
import { GitHubStandIn } from '../helpers/github-stand-in.ts';
import { pollUntil } from '../helpers/poll-until.ts';

const deadline = 120_000;
const recipe = `version: 1
name: model
on: { push: { branches: [main] } }
images: { app: { dockerfile: { cache: false }, tags: ['{commit}', '{branch}'] } }
`;

it('builds the newest push made during a build, although the service is killed in between', async () => {
  const token = 'ghp_canary4712';
  const bed = await E2eBed.open();
  const gate = await openGate(bed);
  const gitHub = await GitHubStandIn.start({ token });
  onTestFinished(async () => {
    await gate.close();
    await gitHub.stop();
    await bed.dispose();
  });
  const service = await GitHubService.make(bed, bed.lab.git.url, gate.dockerfile('first'), {
    TWINHULL_GITHUB_API_URL: gitHub.url,
    TWINHULL_GITHUB_TOKEN_FILE: await bed.file(token, 'github-token'),
    TWINHULL_GITHUB_RECIPES: await bed.file(recipe, 'busy.yaml'),
  });
  onTestFinished(() => service.dispose());
  await service.start();

  const push = async (commit: string): Promise<string> => {
    const { status, json } = await service.push(commit);
    expect(status, JSON.stringify(json)).toBe(202);
    return json.builds?.[0]?.id ?? '';
  };
  const [first, commit] = [await push(await service.repository.head()), await service.repository.head()];
  await pollUntil('both jobs to run', () => gate.waiting() >= 2, deadline);
  const secondCommit = await service.repository.commit({ Dockerfile: gate.dockerfile('second') });
  const second = await push(secondCommit);
  const thirdCommit = await service.repository.commit({ Dockerfile: gate.dockerfile('third') });
  const third = await push(thirdCommit);

  const states = async (): Promise<Record<string, string>> =>
    Object.fromEntries((await service.builds()).map(({ id, state }) => [id, state]));
  expect(await states()).toEqual({ [first]: 'building', [second]: 'superseded', [third]: 'waiting' });
  expect(await service.build(third)).toMatchObject({ queue: { behind: first, whenBusy: 'queue-newest' } });
  const lastStatus = (of: string) => gitHub.statuses.findLast((status) => status.sha === of);
  await pollUntil(
    'the status of the superseded commit',
    () => lastStatus(secondCommit)?.description === `superseded by build ${third}`,
    deadline,
  );
  await pollUntil(
    'the status of the waiting commit',
    () => lastStatus(thirdCommit)?.description === `waiting for build ${first}`,
    deadline,
  );

  await service.kill();
  await service.start();
  gate.letGo();
  await pollUntil('the newest to be published', async () => (await states())[third] === 'published', deadline);
  expect(await states()).toEqual({ [first]: 'published', [second]: 'superseded', [third]: 'published' });
  for (const id of [first, third]) expect((await service.build(id)).commit).toBe(id === first ? commit : thirdCommit);
  const newest = await service.build(third);
  await expectPublished(bed, newest);
  const moved = newest.tags.find(({ tag }) => tag === 'main');
  expect(await bed.registry.digest('main')).toBe(moved?.digest);

  // The superseded commit is built on request; the branch's tag stays with the newer one.
  const retried = await bed.run(['retry', second, '--json'], { env: service.env });
  expect(retried.exitCode, retried.stderr).toBe(0);
  expect(await service.build(second)).toMatchObject({ state: 'published', supersededBy: null });
  expect(await bed.registry.digest('main')).toBe(moved?.digest);
});

it('waits when the command line requests it, and supersedes', async () => {
  const bed = await E2eBed.open();
  const gate = await openGate(bed);
  onTestFinished(async () => {
    await gate.close();
    await bed.dispose();
  });
  const { repository, url } = await bed.repository({ Dockerfile: gate.dockerfile('first') });
  const file = await bed.file(recipe, 'busy.yaml');
  const build = (...words: string[]) =>
    bed.run(['build', '--repository', url, '--ref', 'main', '--recipe', file, '--detach', ...words]);
  const first = await build();
  expect(first).toMatchObject({ exitCode: 0, stderr: '' });
  await pollUntil('both jobs to run', () => gate.waiting() >= 2, deadline);

  await repository.commit({ Dockerfile: gate.dockerfile('second') });
  expect(await build()).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('[TagInUse]') as string });
  const second = await build('--if-busy', 'queue-newest');
  const waits = `build ${second.stdout.trim()} is waiting for build ${first.stdout.trim()}\n`;
  expect(second).toMatchObject({ exitCode: 0, stderr: waits });
  expect((await bed.run(['list'])).stdout).toMatch(/ waiting .* behind [0-9a-z]{12}$/m);

  await repository.commit({ Dockerfile: gate.dockerfile('third') });
  const third = await build('--if-busy', 'supersede');
  expect(third.exitCode, third.stderr).toBe(0);
  const waited = await bed.run(['wait', first.stdout.trim()]);
  expect(waited).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('superseded') as string });
  gate.letGo();
  expect(await bed.run(['wait', third.stdout.trim()])).toMatchObject({ exitCode: 0 });
  const byId = new Map((await bed.builds()).map((each) => [each.id, each]));
  for (const each of [first, second])
    expect(byId.get(each.stdout.trim())).toMatchObject({ state: 'superseded', supersededBy: third.stdout.trim() });
});
