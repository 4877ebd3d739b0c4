import { beforeAll, describe, expect, it } from 'vitest';
import { exitCodes } from '../../src/builder/contract.ts';
import type { CheckoutOptions, PlannedStep } from '../../src/domain/plan.ts';
import { readRecorded } from '../helpers/builder-images.ts';
import { BuilderBed, type EndedJob } from '../helpers/builder-jobs.ts';
import { dockerfileStep, scriptStep } from '../helpers/builder-steps.ts';
import { type LfsServer, type LfsServerOptions, pointerOf, startLfsServer } from '../helpers/lfs-server.ts';

const model = 'the model itself\n';
const pointer = pointerOf(model);
const attributes = '*.bin filter=lfs diff=lfs merge=lfs -text\n';
const show = scriptStep('task', 'show.sh');

describe.concurrent('files in Git LFS', () => {
  let bed: BuilderBed;
  let image: string;
  beforeAll(async () => {
    bed = await BuilderBed.open();
    image = await bed.image('withLfs');
    return async () => await bed.dispose();
  });

  async function repository(more: Readonly<Record<string, string>> = {}) {
    const files = {
      '.gitattributes': attributes,
      'show.sh': 'cat models/model.bin; git config --list --local; git status --short; exit 9\n',
      Dockerfile: 'FROM scratch\nCOPY missing /\n',
      'app/Dockerfile': 'FROM scratch\nCOPY missing /\n',
      'models/model.bin': pointer,
      ...more,
    };
    return bed.repository(files);
  }

  async function serve(options: Partial<LfsServerOptions> = {}): Promise<LfsServer> {
    return startLfsServer({ lab: bed.lab, objects: [model], token: bed.token, ...options });
  }

  async function build(
    source: { readonly url: string; readonly commit: string },
    server: LfsServer | undefined,
    change: { readonly checkout?: CheckoutOptions; readonly audience?: string; readonly step?: PlannedStep } = {},
  ): Promise<EndedJob> {
    const { step = show, ...rest } = change;
    const url = server === undefined ? source.url : source.url.replace(bed.lab.git.url, server.url);
    const ended = await bed.run({ commit: source.commit, steps: [step], image, ...rest, url });
    expect(ended.log).not.toContain(bed.token);
    return ended;
  }

  const lfs = { checkout: { lfs: true } };

  it('are fetched with the token on request of the recipe', async ({ expect }) => {
    const server = await serve();
    const ended = await build(await repository(), server, lfs);
    server.close();
    expect(ended.reason).toBe('step-failed');
    expect(ended.log).toContain(model);
    expect(ended.log).not.toContain(pointer);
    expect(ended.log).not.toMatch(/^ M /m);
    expect(server.requests.at(-1)?.authorization).toBeDefined();
  });

  it('are fetched with a token bound to the path of the repository', async ({ expect }) => {
    const server = await serve();
    const source = await repository();
    const audience = source.url.replace(`${bed.lab.git.url}/`, `${new URL(server.url).host}/`);
    const ended = await build(source, server, { ...lfs, audience });
    server.close();
    expect(ended.log).toContain(model);
  });

  it('are fetched for submodules too', async ({ expect }) => {
    const server = await serve();
    const inner = await repository();
    const name = inner.repository.name;
    const outer = await bed.repository({
      '.gitmodules': `[submodule "sub"]\n\tpath = sub\n\turl = ../${name}.git\n`,
      'show.sh': 'cat sub/models/model.bin; exit 9\n',
      sub: { submodule: inner.commit },
    });
    const ended = await build(outer, server, { checkout: { lfs: true, submodules: true } });
    expect(ended.log).toContain(model);
    const without = await build(outer, server, { checkout: { submodules: true } });
    server.close();
    expect(without).toMatchObject({ exitCode: exitCodes.checkout, reason: 'lfs-pointer' });
    expect(failText(without)).toBe('files are in Git LFS and were not fetched: sub/models/model.bin');
  });

  it('are downloaded from another host without the token', async ({ expect }) => {
    const other = await serve({ token: null });
    const server = await serve({ downloads: other.url });
    const ended = await build(await repository(), server, lfs);
    for (const one of [server, other]) one.close();
    expect(ended.log).toContain(model);
    expect(other.requests.map(({ authorization }) => authorization)).toEqual([undefined]);
  });

  it.for([
    ['the answer sends the download to', (other: string) => ({ downloads: other }), {}],
    ['the server redirects to', (other: string) => ({ redirectTo: other }), {}],
    ['.lfsconfig names', () => ({}), { '.lfsconfig': '[lfs]\n\turl = OTHER/x.git/info/lfs\n' }],
  ] as const)('are not fetched where %s another host that requires a token', async ([, options, more], { expect }) => {
    const other = await serve();
    const server = await serve(options(other.url));
    const files = Object.entries(more).map(([name, text]) => [name, text.replace('OTHER', other.url)] as const);
    const ended = await build(await repository(Object.fromEntries(files)), server, lfs);
    for (const one of [server, other]) one.close();
    expect(ended).toMatchObject({ exitCode: exitCodes.checkout, reason: 'lfs-failed' });
    expect([...server.requests, ...other.requests].length).toBeGreaterThan(0);
    expect(other.requests.flatMap(({ authorization }) => authorization ?? [])).toEqual([]);
  });

  it('are not fetched where the server lacks them, whatever .lfsconfig sets', async ({ expect }) => {
    const server = await serve({ objects: [] });
    const ended = await build(await repository({ '.lfsconfig': '[lfs]\n\tskipdownloaderrors = true\n' }), server, lfs);
    server.close();
    expect(ended).toMatchObject({ exitCode: exitCodes.checkout, reason: 'lfs-failed' });
  });

  it('are not fetched over ssh', async ({ expect }) => {
    const server = await serve();
    const ended = await build(
      await repository({ '.lfsconfig': '[lfs]\n\turl = ssh://git@127.0.0.1/x.git\n' }),
      server,
      lfs,
    );
    server.close();
    expect(ended).toMatchObject({ exitCode: exitCodes.checkout, reason: 'lfs-failed' });
  });

  it.for([
    ['a script', show, 'models/model.bin'],
    ['a Dockerfile with all in its context', dockerfileStep('app'), 'models/model.bin'],
    [
      'a Dockerfile with their folder as its context',
      dockerfileStep('app', { build: { context: 'models' } }),
      'model.bin',
    ],
  ] as const)('that were not fetched are reported before %s uses the pointers', async ([, step, name], { expect }) => {
    const source = await repository();
    const ended = await build(source, undefined, { step });
    expect(ended).toMatchObject({ exitCode: exitCodes.checkout, reason: 'lfs-pointer' });
    expect(failText(ended)).toBe(`files are in Git LFS and were not fetched: ${name}`);
    const accepted = await build(source, undefined, { step, checkout: { lfs: false } });
    expect(accepted).toMatchObject({ exitCode: exitCodes.build, reason: 'step-failed' });
  });

  it('outside every build context may remain pointers', async ({ expect }) => {
    const step = dockerfileStep('app', { build: { context: 'app', dockerfile: { path: 'app/Dockerfile' } } });
    expect(await build(await repository(), undefined, { step })).toMatchObject({ reason: 'step-failed' });
  });

  it('are counted where there are many, and text about pointers is ignored', async ({ expect }) => {
    const many = Object.fromEntries(['a', 'b c', 'd', 'e'].map((name) => [`models/${name}.bin`, pointer]));
    const ended = await build(await repository({ ...many, 'README.md': `# How\n${pointer}` }), undefined);
    expect(failText(ended)).toMatch(/were not fetched: models\/.*, models\/.*, models\/.* and 2 more$/);
    const text = await bed.repository({ 'show.sh': 'exit 9\n', 'README.md': `# How\n${pointer}` });
    expect(await build(text, undefined)).toMatchObject({ reason: 'step-failed' });
  });

  it('require git-lfs in the builder image, or apk', async ({ expect }) => {
    const ended = await bed.run({ ...(await repository()), ...lfs, steps: [show] });
    expect(ended).toMatchObject({ exitCode: exitCodes.tools, reason: 'tool-missing' });
    expect(failText(ended)).toBe('the builder image lacks git-lfs');
    const alpine = await bed.image('alpineLike');
    const added = await bed.run({ ...(await repository()), ...lfs, steps: [show], image: alpine });
    const commands = (await readRecorded(added.container)).map(({ command }) => command.join(' '));
    expect(commands).toContain('apk add --no-cache git bash git-lfs');
  });
});

function failText({ marks }: EndedJob): string | undefined {
  return marks.flatMap((mark) => (mark.verb === 'fail' ? [mark.text] : []))[0];
}
