import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type * as z from 'zod';
import { jobEnvironment } from '../../src/builder/job-environment.ts';
import { builderScript } from '../../src/builder/script.ts';
import { TwinhullError } from '../../src/domain/errors/twinhull-error.ts';
import { refNameProblem } from '../../src/domain/git-reference.ts';
import { parseRepository } from '../../src/domain/git-repository.ts';
import { parseImageRepository } from '../../src/domain/image-reference.ts';
import { buildSecretsOf } from '../../src/domain/plan.ts';
import { planBuild } from '../../src/domain/planner.ts';
import { isStoredSecretId } from '../../src/domain/stored-secret.ts';
import {
  dockerfileText,
  imageName,
  onceStage,
  plainText,
  repositoryPath,
  scriptVariableName,
  secretId,
  stageName,
  variableName,
} from '../../src/recipes/field-rules.ts';
import { readRecipe } from '../../src/recipes/read-recipe.ts';
import { loadSettings } from '../../src/settings/settings.ts';
import { jobOptions } from '../../src/wiring/job-options.ts';
import { contractVariables, withoutNumbers } from '../helpers/contract-variables.ts';
import { hostileText } from '../helpers/hostile-text.ts';

/** Whatever the command line and the API accept, the builder accepts: in both shells, by its own check. */

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'twinhull-grammar-'));
  await execa('busybox', ['--install', '-s', folder]);
  const state = join(folder, 'state');
  const script = (await builderScript()).replace(/\nmain\n$/, '\n').replace(/^state=\S+/m, `state=${state}`);
  const check = `finish() { exit "$1"; }\nmark() { printf '%s\\n' "$*"; }\nkey=abc\nrm -rf "$state"\nmkdir "$state"\ncheck_contract\necho accepted\n`;
  await writeFile(join(folder, 'check.sh'), script + check);
});
afterAll(() => rm(folder, { recursive: true }));

const characters = fc.constantFrom(...'abzAZ09._~+-/:[]@ %\\\'"$\u0000\n\u0085\u00e9\u{1f600}');
const anyText = fc.oneof(
  fc.string({ unit: characters, minLength: 1, maxLength: 12 }),
  fc.string({ unit: 'binary', maxLength: 12 }),
  hostileText('touch pwned'),
);

/** Texts that one of the input rules accepts. */
function accepted(rule: z.ZodType, texts: fc.Arbitrary<string> = anyText): fc.Arbitrary<string> {
  return fc.oneof(texts, fc.stringMatching(/^[a-zA-Z0-9._-]{1,12}$/)).filter((text) => rule.safeParse(text).success);
}

function parsed<T>(texts: fc.Arbitrary<string>, parse: (text: string) => T): fc.Arbitrary<T> {
  const attempt = (text: string): T | undefined => {
    try {
      return parse(text);
    } catch (error) {
      if (TwinhullError.is(error)) return undefined;
      throw error;
    }
  };
  return texts.map(attempt).filter((value): value is NonNullable<typeof value> => value !== undefined);
}

const host = fc.constantFrom(
  'git.example',
  'GIT.Example:8443',
  '[2001:db8::1]:5000',
  'a-b.c',
  '127.0.0.1:5000',
  '[::1]',
);
const loopback = fc.constantFrom('localhost', 'a.localhost:1', '127.1', '127.0.0.1:80', '[::1]:3000', 'LOCALHOST');
const path = fc.stringMatching(/^[A-Za-z0-9._~+-]{1,6}(\/[A-Za-z0-9._~+-]{1,6}){0,3}\/?$/);
const repository = parsed(
  fc
    .oneof(fc.tuple(fc.constant('https'), host, path), fc.tuple(fc.constant('http'), loopback, path))
    .map(([scheme, at, below]) => `${scheme}://${at}/${below}`),
  parseRepository,
);
const destination = parsed(
  fc.tuple(fc.oneof(host, loopback), fc.stringMatching(/^[a-z0-9._/-]{1,14}$/)).map(([at, below]) => `${at}/${below}`),
  parseImageRepository,
);
const branch = fc
  .oneof(anyText, fc.stringMatching(/^[!-~]{1,12}$/), path)
  .filter((text) => refNameProblem(text) === undefined);

const text = (pattern: RegExp) => fc.stringMatching(pattern);
const optional = <T>(values: fc.Arbitrary<T>) => fc.option(values, { nil: undefined });

const variables = (name: z.ZodType) => fc.dictionary(accepted(name), accepted(plainText), { maxKeys: 3 });
const words = fc.array(accepted(plainText), { maxLength: 3 });
const build = fc.oneof(
  fc.record({
    script: fc.record({
      path: accepted(repositoryPath),
      args: words,
      env: variables(scriptVariableName),
      secrets: fc.uniqueArray(accepted(secretId), { maxLength: 3 }),
    }),
  }),
  fc.record({
    dockerfile: fc.record(
      {
        path: accepted(repositoryPath),
        context: accepted(repositoryPath),
        target: accepted(stageName),
        args: variables(variableName),
        once: fc.dictionary(accepted(variableName), accepted(onceStage), { maxKeys: 3 }),
        secrets: fc.uniqueArray(accepted(secretId), { maxLength: 3 }),
        cache: fc.boolean(),
      },
      { requiredKeys: [] },
    ),
  }),
  fc.record({ dockerfile: fc.record({ inline: accepted(dockerfileText) }) }),
);
const image = fc
  .tuple(
    build,
    fc.array(fc.array(accepted(plainText), { minLength: 1, maxLength: 3 }), { maxLength: 2 }),
    fc.constantFrom({}, { architecture: 'independent' }),
  )
  .map(([how, verify, more]) => ({ ...how, ...more, verify: verify.filter(([first]) => first !== ''), tags: [] }));
const checkout = fc.record(
  {
    lfs: fc.boolean(),
    submodules: fc.boolean(),
    depth: fc.oneof(fc.integer({ min: 1, max: 1_000_000 }), fc.constant('full')),
    tags: fc.boolean(),
  },
  { requiredKeys: [] },
);
const recipe = fc
  .tuple(accepted(imageName), accepted(imageName), image, image, accepted(variableName), checkout)
  .map(([one, other, first, second, argument, checkedOut]) => ({
    version: 1,
    name: 'any',
    checkout: checkedOut,
    images: {
      [one]: { ...first, tags: ['{commit}'] },
      ...(one !== other && { [other]: { ...second, from: { image: one, argument } } }),
    },
  }))
  .map((document) => readRecipe(document))
  .filter((reading) => 'recipe' in reading);

const secretName = fc
  .oneof(
    text(/^[A-Za-z0-9/_+=.@:-]{1,20}$/),
    anyText.filter((id) => id === id.trim() && !id.includes(',')),
  )
  .filter(isStoredSecretId);
const settings = fc
  .record({
    backend: fc.constantFrom('docker' as const, 'aws' as const),
    gitHost: optional(fc.oneof(host, fc.constant('git.example/team'))),
    gitSecret: optional(secretName),
    key: optional(text(/^[A-Za-z0-9_-]{1,8}$/)),
    username: optional(text(/^[A-Za-z0-9][A-Za-z0-9._-]{0,8}$/)),
    secret: secretName,
    registries: fc.array(fc.oneof(host, fc.constant('123456789012.dkr.ecr.us-gov-west-1.amazonaws.com')), {
      maxLength: 3,
    }),
  })
  .map(({ backend, gitHost, gitSecret, key, username, secret, registries }) => {
    const isEcr = (name: string) => name.includes('.dkr.ecr.');
    const bases = registries.map((name) => (backend === 'aws' && !isEcr(name) ? `${name}=${secret}` : name));
    return {
      TWINHULL_BACKEND: backend,
      TWINHULL_GIT_HOST: gitHost,
      BUILD_GIT_SECRET_ARN: gitSecret,
      TWINHULL_GIT_SECRET_KEY: key,
      TWINHULL_GIT_USERNAME: username,
      TWINHULL_BASE_REGISTRIES: bases.join(','),
      XDG_CONFIG_HOME: folder,
    };
  });

const request = fc.record({
  recipe,
  repository,
  destination,
  branch: optional(branch),
  ref: optional(branch.map((name) => `refs/pull/${name}`)),
  kind: fc.constantFrom('oci' as const, 'ecr' as const),
  emulation: fc.boolean(),
  settings,
  buildSecret: secretName,
});
type Request = typeof request extends fc.Arbitrary<infer T> ? T : never;

/** The job's variables, as the command line and the service make them of what they were given. */
function environmentOf({ recipe: read, destination: to, repository: from, ...rest }: Request) {
  if (!('recipe' in read)) throw new TypeError('the recipe was filtered');
  const plan = planBuild({
    recipe: read.recipe,
    repository: from,
    commit: 'a'.repeat(40),
    branch: rest.branch,
    ref: rest.ref,
    destination: { repository: `${to.host}/${to.path}`, kind: rest.kind, region: 'us-gov-west-1' },
    origin: 'operator',
  });
  const ids = buildSecretsOf(plan.jobs).map((id) => `${id}=${rest.buildSecret}`);
  const loaded = loadSettings({ ...rest.settings, TWINHULL_BUILD_SECRETS: ids.join(',') });
  return jobEnvironment(plan, 'linux/amd64', {
    ...jobOptions(loaded),
    ...{
      buildId: 'b-1',
      createdAt: Date.UTC(2026, 2, 4),
      emulation: rest.emulation,
      baseRegistries: loaded.baseRegistries,
    },
  });
}

it('has a value for every variable of the contract', async () => {
  const set = new Set(fc.sample(request, { numRuns: 600, seed: 1 }).flatMap((one) => Object.keys(environmentOf(one))));
  const ofPlans = (await contractVariables()).filter(({ setBy }) => setBy === undefined);
  expect([...new Set([...set].map(withoutNumbers))].sort()).toEqual(ofPlans.map(({ name }) => name).sort());
});

describe.each([
  ['dash', (script: string) => ['/usr/bin/dash', script]],
  ['BusyBox ash', (script: string) => [join(folder, 'ash'), script]],
] as const)('the contract under %s', (shell, words) => {
  it('accepts every job that the front door accepts', async () => {
    await fc.assert(
      fc.asyncProperty(request, async (given) => {
        const [program = '', ...rest] = words(join(folder, 'check.sh'));
        // Debian's BusyBox has no printenv.
        const path = shell === 'dash' ? '/usr/bin:/bin' : `${folder}:/usr/bin:/bin`;
        const ran = await execa(program, rest, {
          env: { ...environmentOf(given), PATH: path },
          extendEnv: false,
          reject: false,
        });
        expect(ran.stdout).toBe('accepted');
      }),
      { numRuns: 60 },
    );
  });
});
