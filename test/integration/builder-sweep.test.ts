import { randomBytes, randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { finished } from 'node:stream/promises';
import { pack } from 'tar-stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readRecorded } from '../helpers/builder-images.ts';
import { BuilderBed, type BuilderJob, type EndedJob } from '../helpers/builder-jobs.ts';
import { dockerfileStep, scriptStep } from '../helpers/builder-steps.ts';
import { imageTags } from '../helpers/image-tags.ts';
import { pollUntil } from '../helpers/poll-until.ts';

const jobLabel = 'dev.twinhull.job';
const deadKey = (): string => randomBytes(6).toString('hex');

/** What the builder of one job keeps of other jobs' objects on the engine, and what it removes. */
describe('the search for leftovers of dead jobs', () => {
  let bed: BuilderBed;
  let source: { url: string; commit: string };
  const containers: string[] = [];
  const made: string[] = [];
  let instrumented: Promise<string> | undefined;

  beforeAll(async () => {
    bed = await BuilderBed.open();
    source = await bed.repository({ 'fail.sh': 'exit 1\n' });
  });

  afterAll(async () => {
    await Promise.all(
      containers.map((id) =>
        bed.docker
          .getContainer(id)
          .remove({ force: true })
          .catch(() => undefined),
      ),
    );
    await bed.dispose();
  });

  async function image(labels: Readonly<Record<string, string>>): Promise<string> {
    const tag = `${bed.name}-${made.length}:labelled`;
    made.push(tag);
    const context = pack();
    context.entry({ name: 'Dockerfile' }, `FROM ${bed.lab.images.busybox}\n`);
    context.finalize();
    const progress = await bed.docker.buildImage(Readable.from([await buffer(context)]), {
      t: tag,
      labels: { ...labels },
    });
    progress.resume();
    await finished(progress);
    return tag;
  }

  async function container(name: string, from: string, labels: Readonly<Record<string, string>> = {}): Promise<string> {
    const { id } = await bed.docker.createContainer({
      name: `${bed.name}-${name}`,
      Image: from,
      Cmd: ['sleep', '600'],
      Labels: labels,
    });
    containers.push(id);
    return id;
  }

  async function sweep(script = (text: string): string => text): Promise<EndedJob> {
    return await bed.run({ ...source, steps: [scriptStep('task', 'fail.sh')], script });
  }

  const isThere = async (id: string): Promise<boolean> =>
    await bed.docker
      .getContainer(id)
      .inspect()
      .then(() => true)
      .catch(() => false);

  it('removes the leftovers of a dead job, and uses a container’s label only as its job name', async () => {
    const dead = deadKey();
    const busybox = bed.lab.images.busybox;
    const victim = await container('victim', busybox);
    const hostile = [
      `${dead}\nrm ${bed.name}-victim ${dead}`,
      `${dead}\n${victim} ${dead}`,
      `x ${dead}`,
      `${dead} --all`,
      `-f ${victim}`,
      `$(docker rm -f ${victim})`,
      '*',
      '',
    ];
    const made = await container('made', busybox, { [jobLabel]: dead });
    const ofLabels = await Promise.all(
      hostile.map((value, index) => container(`hostile-${index}`, busybox, { [jobLabel]: value })),
    );
    // Labels inherited from an image: its user did not ask for the removal.
    const inherited = await Promise.all(
      [dead, hostile[0] ?? ''].map(async (value, index) => {
        const from = await image({ [jobLabel]: value });
        return await container(`inherited-${index}`, from);
      }),
    );
    const overridden = await container('overridden', await image({ [jobLabel]: 'another' }), { [jobLabel]: dead });
    const named = await container(`staging-task-amd64-${dead}`, busybox);

    const ended = await sweep();
    expect(ended.notes.filter((note) => note.startsWith('could not'))).toEqual([]);
    expect(await isThere(made)).toBe(false);
    expect(await isThere(overridden)).toBe(false);
    for (const id of [victim, ...ofLabels, ...inherited, named]) expect(await isThere(id), id).toBe(true);
  });

  it('removes no image that another container uses, and none whose tag only resembles ours', async () => {
    const dead = deadKey();
    const repo = `${bed.lab.registry.host}/${bed.name}/mine`;
    const tags = [
      `staging-task-amd64-${dead}`,
      `staging-task-amd64-${dead}0`,
      `staging-task-s390x-${dead}`,
      `staging-amd64-${dead}`,
      `x-staging-task-amd64-${dead}`,
    ];
    const from = await image({ it: dead });
    for (const tag of tags) await bed.docker.getImage(from).tag({ repo, tag });
    await sweep();
    const left = await imageTags(bed.docker);
    expect(left.filter((tag) => tag.startsWith(repo)).sort()).toEqual(
      tags
        .slice(1)
        .map((tag) => `${repo}:${tag}`)
        .sort(),
    );
    expect(left).toContain(from);
  });

  it('finds tags although the engine fails to list images while another job removes some', async () => {
    const dead = deadKey();
    const from = await image({ it: dead });
    await bed.docker.getImage(from).tag({ repo: `${bed.destination}-lists`, tag: `staging-task-amd64-${dead}` });
    const ended = await bed.run({
      ...(await bed.repository({ Dockerfile: `FROM ${bed.lab.images.busybox}\nLABEL it=${dead}\n` })),
      steps: [dockerfileStep('task')],
      destination: `${bed.destination}-lists`,
      image: await (instrumented ??= bed.image('instrumented')),
      environment: { TEST_LOST_LISTS: '2' },
    });
    expect(ended.exitCode, ended.log).toBe(0);
    // Jobs of other tests look for leftovers too, and may have removed the tag first.
    expect(ended.notes.filter((note) => note.startsWith('could not'))).toEqual([]);
    expect(await imageTags(bed.docker)).not.toContain(`${bed.destination}-lists:staging-task-amd64-${dead}`);
    expect(await bed.leftovers(ended.key, `${bed.destination}-lists`)).toEqual([]);
  });

  describe('in the folder that jobs on AWS Batch share', () => {
    const folders = (names: readonly string[]) => (text: string) =>
      text.replace(
        '  sweep_leftovers &\n',
        `  ${names.map((name) => `mkdir -p "\${shared%/*}/${name}/source"`).join('; ')}
  sweep_leftovers &\n`,
      );
    const listing = { 'list.sh': 'echo "left: $(ls -A "$TWINHULL_SHARED_FOLDER" | tr \'\\n\' \' \')"; exit 1\n' };

    /** The folders that are there after the search of a job. */
    async function left(names: readonly string[], change: (text: string) => string = (text) => text) {
      const ended = await bed.run({
        ...(await bed.repository(listing)),
        steps: [scriptStep('task', 'list.sh')],
        script: (text) => change(folders(names)(text)),
      });
      const found = /^left: (.*) $/m.exec(ended.log)?.[1]?.split(' ') ?? [];
      expect(found, ended.log).toContain(ended.key);
      return { folders: found.filter((name) => name !== ended.key).sort(), notes: ended.notes };
    }

    it('removes folders of dead jobs alone', async () => {
      const [dead, retried, alive] = [randomUUID(), randomUUID(), randomUUID()];
      const { id } = await bed.docker.createContainer({
        name: `${bed.name}-alive`,
        Image: bed.lab.images.busybox,
        Cmd: ['sleep', '600'],
        Env: [`AWS_BATCH_JOB_ID=${alive}`],
      });
      containers.push(id);
      await bed.docker.getContainer(id).start();
      const kept = [`${alive}-1`, `${alive}-2`, `${dead}-x`, dead, `x-${dead}-1`, 'images'].sort();
      const ended = await left([`${dead}-1`, `${retried}-1`, `${retried}-2`, ...kept]);
      expect(ended.folders).toEqual(kept);
      const notes = [`${dead}-1`, `${retried}-1`, `${retried}-2`].map(
        (key) => `removed the folder of the dead job ${key}`,
      );
      expect(ended.notes.filter((note) => note.includes('folder')).sort()).toEqual(notes.sort());
    });

    it('removes none where the engine does not even list this job as running', async () => {
      const dead = `${randomUUID()}-1`;
      const ended = await left([dead], (text) =>
        text.replace('docker ps -q --no-trunc >"$state/running"', ': >"$state/running"'),
      );
      expect(ended.folders).toEqual([dead]);
    });
  });

  it('uses a shared folder only where it is a mount, and closes its own part of it to other users', async () => {
    const repository = await bed.repository({ 'mode.sh': 'stat -c "mode %a" ..; pwd; exit 1\n' });
    const job = { ...repository, steps: [scriptStep('task', 'mode.sh')] };
    expect((await bed.run(job)).log).toMatch(/^mode 700\n.*\/source$/m);
    const unmounted = await bed.run({ ...job, script: (text) => text.replace('get SHARED_FOLDER', 'value=/var/tmp') });
    expect(unmounted.log).toMatch(/\n\/tmp\/twinhull\/source$/m);
    expect(unmounted.notes).toContain('/var/tmp cannot be shared with containers: scripts cannot mount the checkout');
  });

  describe('on a dedicated host', () => {
    const dedicated = { TWINHULL_DEDICATED_HOST: '1', TEST_ALONE: '1' };
    const short = (text: string): string => text.replace('-ge 70 ]', '-ge 0 ]');
    const byAge = ['builder prune -af --filter until=168h'];
    const all = [...byAge, 'image prune -af', 'builder prune -af'];

    it.each([
      [
        'forgets old layers',
        { environment: dedicated, script: (text: string) => text.replace('-ge 70 ]', '-ge 101 ]') },
        byAge,
      ],
      ['removes all that no container uses where the disk runs short', { environment: dedicated, script: short }, all],
      ['prunes nothing unless its job definition asks for it', { environment: { TEST_ALONE: '1' }, script: short }, []],
      [
        'prunes nothing where, by its job definition, the host has other work',
        { environment: { ...dedicated, TWINHULL_DEDICATED_HOST: '0' }, script: short },
        [],
      ],
    ] as const)('%s', async (_, change, expected) => {
      expect(await prunes(change)).toEqual(expected);
    });

    it('prunes nothing while another job runs', async () => {
      const { id } = await bed.docker.createContainer({
        name: `${bed.name}-batch`,
        Image: bed.lab.images.busybox,
        Cmd: ['sleep', '600'],
        Env: ['AWS_BATCH_JOB_ID=5f1c8a52-26ac-4e7c-8d49-0a5f1a1b2c3d'],
      });
      containers.push(id);
      await bed.docker.getContainer(id).start();
      expect(await prunes({ environment: { ...dedicated, TEST_ALONE: undefined }, script: short })).toEqual([]);
    });

    /** The prune commands of a job; the wrapped tool carries none out. */
    async function prunes(change: Partial<BuilderJob>): Promise<readonly string[]> {
      instrumented ??= bed.image('instrumented');
      const job = { ...source, steps: [scriptStep('task', 'fail.sh')], image: await instrumented, ...change };
      const recorded = await readRecorded((await bed.run(job)).container);
      const commands = recorded.map(({ command }) => command.slice(1).join(' '));
      return all.filter((command) => commands.includes(command));
    }
  });

  it('removes a job’s container that was created long ago and never started, with its files', async () => {
    const ours = { 'dev.twinhull.builder': '1', 'dev.twinhull.build': bed.name };
    const busybox = bed.lab.images.busybox;
    const unstarted = await container('unstarted', busybox, ours);
    const ended = await container('ended', busybox, ours);
    await bed.docker.getContainer(ended).start();
    await bed.docker.getContainer(ended).kill();
    const inherited = await container('inherited', await image(ours));

    await sweep();
    for (const id of [unstarted, ended, inherited]) expect(await isThere(id)).toBe(true);

    // The minimum age of ten minutes, set to zero.
    await pollUntil('its age of a second', async () => {
      const { notes } = await sweep((text) => text.replace('-gt 600', '-gt 0'));
      return notes.includes(`removed ${unstarted}, which was never started`);
    });
    expect(await isThere(unstarted)).toBe(false);
    for (const id of [ended, inherited]) expect(await isThere(id)).toBe(true);
  });
});
