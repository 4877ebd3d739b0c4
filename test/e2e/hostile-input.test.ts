import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { BuildJson } from '../../src/build-json/shapes.ts';
import { jobEnvironment } from '../../src/builder/job-environment.ts';
import { TwinhullError } from '../../src/domain/errors/twinhull-error.ts';
import { parseRepository } from '../../src/domain/git-repository.ts';
import { parseImageRepository } from '../../src/domain/image-reference.ts';
import type { Plan } from '../../src/domain/plan.ts';
import { findPreset } from '../../src/recipes/presets.ts';
import { loadSettings } from '../../src/settings/settings.ts';
import { preparePlan } from '../../src/wiring/prepare-plan.ts';
import { E2eBed, type Ran } from '../helpers/e2e-bed.ts';
import { oneImage } from '../helpers/e2e-recipes.ts';
import { expectNoStackTrace } from '../helpers/expect-refusal.ts';
import { hostileText } from '../helpers/hostile-text.ts';
import { filesOf } from '../helpers/image-files.ts';

const commit = '0123456789abcdef0123456789abcdef01234567';
/** A newline or escape sequence from outside never reaches a terminal. */
const unprintable = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/;

/** Valid input would be looked up or built; other tests cover it. */
const isValid = {
  '--ref': (text: string) => text === 'main',
  '--repository': (text: string) => accepts(parseRepository, text),
  '--destination': (text: string) => accepts(parseImageRepository, text),
  '--recipe': (text: string) => findPreset(text) !== undefined,
} as const;

function accepts(parse: (text: string) => unknown, text: string): boolean {
  try {
    parse(text);
    return true;
  } catch {
    return false;
  }
}

describe('hostile input', () => {
  let bed: E2eBed;
  let url: string;
  /** No letter of it needs escaping anywhere. */
  let trap: string;
  let hostile: fc.Arbitrary<string>;

  beforeAll(async () => {
    bed = await E2eBed.open();
    trap = await mkdtemp(join(tmpdir(), 'trap-'));
    hostile = hostileText(`touch ${join(trap, 'sprung')}`);
    const lines = Array.from(
      { length: 40 },
      (_, index) => `ARG A${index}\nRUN printf %s "$A${index}" >/args/${index}\n`,
    );
    const dockerfile = `FROM ${bed.lab.images.busybox}\nRUN mkdir /args\n${lines.join('')}RUN test ! -e ${trap}\n`;
    ({ url } = await bed.repository({ Dockerfile: dockerfile, 'build.sh': keepArguments(bed.lab.images.busybox) }));
    await mkdir(join(bed.folder, 'here'));
  });

  afterAll(async () => {
    await bed.dispose();
    expect(existsSync(join(trap, 'sprung'))).toBe(false);
    await rm(trap, { recursive: true });
  });

  async function plan(change: { options?: object; env?: Record<string, string>; recipe?: string }): Promise<Plan> {
    const recipe = change.recipe === undefined ? 'vecoli' : await bed.file(change.recipe);
    const settings = loadSettings(bed.environment({ TWINHULL_REPOSITORY: 'https://git.example/a.git', ...change.env }));
    const options = { recipe, reference: commit, ...change.options };
    return (await preparePlan(options, settings, join(bed.folder, 'here'))).plan;
  }

  /** Either a readable refusal, or a plan that contains the text unchanged. */
  async function refusedOrKept(
    planning: Promise<Plan>,
    kept: (plan: Plan, environment: object) => void,
  ): Promise<void> {
    let made: Plan;
    try {
      made = await planning;
    } catch (error) {
      expect(error).toBeInstanceOf(TwinhullError);
      const { source, message, hint } = error as TwinhullError;
      expect({ source, message }).toEqual({ source: 'user', message: expect.any(String) as string });
      expect(message + hint).not.toMatch(unprintable);
      return;
    }
    for (const { platform } of made.jobs)
      kept(made, jobEnvironment(made, platform, { buildId: 'test', emulation: true }));
  }

  const runs = { numRuns: 200 };

  it('as a repository is refused, or stays the given address', async () => {
    const property = fc.asyncProperty(hostile, fc.boolean(), (text, bare) =>
      refusedOrKept(plan({ options: { repository: bare ? text : `https://git.example/${text}` } }), (_, environment) =>
        expect(environment).toMatchObject({
          TWINHULL_GIT_URL: expect.stringMatching(/^https:\/\/[\w.-]+(?::\d+)?(?:\/[\w.~+-]+)+$/) as string,
        }),
      ),
    );
    await fc.assert(property, runs);
  });

  it('as a destination is refused, or stays the given repository', async () => {
    const property = fc.asyncProperty(hostile, fc.boolean(), (text, bare) =>
      refusedOrKept(plan({ options: { destination: bare ? text : `registry.example/${text}` } }), (_, environment) =>
        expect(environment).toMatchObject({
          TWINHULL_REGISTRY_HOST: expect.stringMatching(/^[\w.:-]+$/) as string,
          TWINHULL_REGISTRY_PATH: expect.stringMatching(/^[a-z0-9][a-z0-9._/-]*$/) as string,
        }),
      ),
    );
    await fc.assert(property, runs);
  });

  it('as a branch, tag or commit is refused, or requested unchanged', async () => {
    // No server answers: what is not refused for its form fails at the network.
    const env = { TWINHULL_REPOSITORY: 'https://127.0.0.1:1/a.git' };
    const property = fc.asyncProperty(hostile, async (text) => {
      const error: unknown = await plan({ options: { reference: text }, env }).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(TwinhullError);
      const { code, message } = error as TwinhullError;
      expect(['ReferenceInvalid', 'GitUnreachable', 'ArgumentInvalid', 'RepositoryInvalid']).toContain(code);
      expect(message).not.toMatch(unprintable);
    });
    await fc.assert(property, { numRuns: 150 });
  });

  it('as the name of a recipe is refused', async () => {
    const property = fc.asyncProperty(hostile, (text) =>
      refusedOrKept(plan({ options: { recipe: text } }), () => expect.unreachable()),
    );
    await fc.assert(property, runs);
  });

  it('anywhere in a recipe is refused, or passed on unchanged', async () => {
    const places: Record<string, (text: string) => object> = {
      name: (text) => ({ name: text, images: { app: { dockerfile: {} } } }),
      image: (text) => ({ name: 'x', images: { [text]: { dockerfile: {} } } }),
      key: (text) => ({ name: 'x', images: { app: { dockerfile: {} } }, [text]: text }),
      path: (text) => ({ name: 'x', images: { app: { dockerfile: { path: text } } } }),
      context: (text) => ({ name: 'x', images: { app: { dockerfile: { context: text } } } }),
      target: (text) => ({ name: 'x', images: { app: { dockerfile: { target: text } } } }),
      'argument name': (text) => ({ name: 'x', images: { app: { dockerfile: { args: { [text]: 'x' } } } } }),
      'argument value': (text) => ({ name: 'x', images: { app: { dockerfile: { args: { A: text } } } } }),
      secret: (text) => ({ name: 'x', images: { app: { dockerfile: { secrets: [text] } } } }),
      script: (text) => ({ name: 'x', images: { app: { script: { path: text } } } }),
      'script argument': (text) => ({ name: 'x', images: { app: { script: { path: 'x', args: [text] } } } }),
      'script variable': (text) => ({ name: 'x', images: { app: { script: { path: 'x', env: { [text]: text } } } } }),
      verify: (text) => ({ name: 'x', images: { app: { dockerfile: {}, verify: [[text, text]] } } }),
      tag: (text) => ({
        name: 'x',
        images: { app: { dockerfile: {}, tags: [{ tag: `{commit}${text}`, moving: false }] } },
      }),
      preset: (text) => ({ preset: text }),
      platform: (text) => ({ name: 'x', images: { app: { dockerfile: {}, platforms: [text] } } }),
      timeout: (text) => ({ name: 'x', images: { app: { dockerfile: {} } }, timeouts: { run: text } }),
    };
    const property = fc.asyncProperty(hostile, fc.constantFrom(...Object.keys(places)), (text, place) =>
      refusedOrKept(plan({ recipe: stringify({ version: 1, ...places[place]?.(text) }) }), (made, environment) => {
        // eslint-disable-next-line @typescript-eslint/no-unsafe-return -- JSON of any shape is compared as it is
        const values = Object.values(environment).flatMap((value) => [value, String(value).replace(/^\w+=/s, '')]);
        if (place === 'tag')
          expect(made.tags.map(({ tag }) => tag)).toContain(`${commit}${text}`.replace(commit, commit));
        else if (place === 'name') expect(made.recipe.name).toBe(text);
        else if (place === 'argument name') expect(Object.values(environment)).toContain(`${text}=x`);
        else if (!['key', 'preset', 'timeout'].includes(place)) expect(values).toContain(text);
      }),
    );
    await fc.assert(property, { numRuns: 500 });
  });

  it('on the command line ends with exit code 2 and one error, and executes nothing', async () => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    const texts = fc.sample(hostile, { numRuns: 400, seed }).filter((text) => !text.includes('\0'));
    const options = Object.keys(isValid) as (keyof typeof isValid)[];
    const pairs = texts.map((text, index) => ({ option: options[index % options.length] ?? '--ref', text }));
    const wrong = pairs.filter(({ option, text }) => !isValid[option](text)).slice(0, 40);
    expect(wrong).toHaveLength(40);
    const recipe = await bed.file(oneImage());
    const given = { '--ref': commit, '--repository': url, '--recipe': recipe, '--destination': bed.destination };
    const attempt = async ({ option, text }: (typeof wrong)[number]): Promise<void> => {
      const words = Object.entries({ ...given, [option]: text }).map(([name, value]) => `${name}=${value}`);
      expectReadable(await bed.run(['build', ...words]), `${option}=${JSON.stringify(text)}, seed ${seed}`);
    };
    for (let start = 0; start < wrong.length; start += 4) await Promise.all(wrong.slice(start, start + 4).map(attempt));
    for (const command of ['status', 'logs', 'images', 'cancel', 'retry', 'wait', 'promote --tag=x']) {
      const ran = await bed.run([...command.split(' '), '--', `$(touch ${join(trap, 'sprung')})\u001b[2J`]);
      expectReadable(ran, command);
    }
    expect(await bed.builds()).toEqual([]);
  });

  function expectReadable(ran: Ran, what: string): void {
    expect(ran.exitCode, `${what}: ${ran.stderr}`).toBe(2);
    expect(ran.stdout, what).toBe('');
    expect(ran.stderr, what).toMatch(/^error: /);
    expect(ran.stderr.match(/^error: /gm), what).toHaveLength(1);
    expect(ran.stderr, what).not.toMatch(unprintable);
    expectNoStackTrace(ran);
  }

  it('as build arguments and arguments of a script arrives byte for byte', async () => {
    const harmless = hostile.filter(
      (text) => !text.includes('\0') && !/^\{[a-z]+\}$|\{(?:tag|repository|region|commit|registry)\}/i.test(text),
    );
    const values = fc.sample(harmless, { numRuns: 40, seed: Math.floor(Math.random() * 2 ** 31) });
    const args = Object.fromEntries(values.map((value, index) => [`A${index}`, value]));
    const script = {
      path: 'build.sh',
      args: ['{registry}', '{repository}', '{tag}', ...values],
      env: { KEPT: values[0] },
    };
    const images = { app: { dockerfile: { args, cache: false } }, kept: { script } };
    const recipe = await bed.file(
      stringify({ version: 1, name: 'x', images }, { defaultStringType: 'QUOTE_DOUBLE', defaultKeyType: 'PLAIN' }),
    );
    const ran = await bed.run(['build', '--repository', url, '--ref', 'main', '--recipe', recipe, '--json']);
    expect(ran.exitCode, ran.stderr).toBe(0);
    const build = JSON.parse(ran.stdout) as BuildJson;
    expect(build.images).toHaveLength(4);
    for (const { image, digest } of build.images) {
      const files = await filesOf(bed.registry, digest);
      const found = image === 'app' ? values.map((_, index) => files.get(`args/${index}`)) : split(files.get('kept'));
      expect(found).toEqual(values);
      if (image === 'kept') expect(files.get('variable')).toBe(values[0]);
    }
  });
});

function split(text: string | undefined): string[] | undefined {
  return text?.split('\0').slice(0, -1);
}

/** A script that writes its arguments into the image, each ended by a NUL. */
function keepArguments(base: string): string {
  return `tag=$1/$2:$3
shift 3
mkdir context
printf '%s\\0' "$@" >context/kept
printf %s "$KEPT" >context/variable
printf 'FROM ${base}\\nCOPY kept variable /\\n' >context/Dockerfile
docker build -t "$tag" context && docker push "$tag"
`;
}
