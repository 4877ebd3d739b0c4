import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyRecipe } from '../../test/helpers/arbitrary-recipe.ts';
import { hostAudience, parseGitAudience } from '../domain/git-audience.ts';
import type { PlannedStep } from '../domain/plan.ts';
import { planBuild } from '../domain/planner.ts';
import type { Recipe, RecipeImage } from '../domain/recipe.ts';
import { presetRecipe } from '../recipes/read-recipe.ts';
import { type JobEnvironmentOptions, jobEnvironment } from './job-environment.ts';

const destination = { repository: 'registry.example:5000/team/app', kind: 'oci', region: 'us-gov-west-1' } as const;
const request = { repository: 'https://git.example.org/x.git', commit: 'c'.repeat(40), branch: 'main', destination };
const options = { buildId: 'b1', emulation: false };
const planOf = (recipe: Recipe) => planBuild({ ...request, recipe });

describe('jobEnvironment', () => {
  it('contains what the contract lists', () => {
    const environment = jobEnvironment(planOf(presetRecipe('vecoli')), 'linux/arm64', { ...options, emulation: true });
    expect(environment).toEqual({
      TWINHULL_CONTRACT: '1',
      TWINHULL_BUILD_ID: 'b1',
      TWINHULL_PLATFORM: 'linux/arm64',
      TWINHULL_EMULATION: '1',
      TWINHULL_GIT_URL: 'https://git.example.org/x.git',
      TWINHULL_COMMIT: 'c'.repeat(40),
      TWINHULL_BRANCH: 'main',
      TWINHULL_REGISTRY_HOST: 'registry.example:5000',
      TWINHULL_REGISTRY_PATH: 'team/app',
      TWINHULL_REGISTRY_KIND: 'oci',
      TWINHULL_REGION: 'us-gov-west-1',
      TWINHULL_STEP_COUNT: '1',
      TWINHULL_STEP_1_IMAGE: 'task',
      TWINHULL_STEP_1_KIND: 'script',
      TWINHULL_STEP_1_SCRIPT: 'runscripts/container/build-and-push-ecr.sh',
      TWINHULL_STEP_1_ARG_COUNT: '6',
      TWINHULL_STEP_1_ARG_1: '-i',
      TWINHULL_STEP_1_ARG_2: '{tag}',
      TWINHULL_STEP_1_ARG_3: '-r',
      TWINHULL_STEP_1_ARG_4: '{repository}',
      TWINHULL_STEP_1_ARG_5: '-R',
      TWINHULL_STEP_1_ARG_6: '{region}',
      TWINHULL_STEP_1_ENV_COUNT: '1',
      TWINHULL_STEP_1_ENV_1: 'USER=sms-api',
      TWINHULL_STEP_1_SECRET_COUNT: '0',
      TWINHULL_STEP_1_VERIFY_COUNT: '0',
    });
  });

  it('marks architecture-independent images', () => {
    const { images, ...recipe } = presetRecipe('vecoli');
    const independent = images.map((image) => ({ ...image, architecture: 'independent' as const }));
    const environment = jobEnvironment(planOf({ ...recipe, images: independent }), 'linux/amd64', options);
    expect(environment).toMatchObject({ TWINHULL_STEP_1_INDEPENDENT: '1', TWINHULL_STEP_2_INDEPENDENT: '1' });
  });

  it('leaves the preset well below the 8,192 characters of AWS Batch', () => {
    const environment = jobEnvironment(planOf(presetRecipe('vecoli')), 'linux/amd64', options);
    expect(JSON.stringify(Object.entries(environment).map(([name, value]) => ({ name, value }))).length).toBeLessThan(
      5000,
    );
  });

  it('names AWS secrets only if they are given', () => {
    const recipe = presetRecipe('vecoli');
    const withSecret: Recipe = {
      ...recipe,
      images: recipe.images.map((image) => ({ ...image, build: addSecret(image.build) })),
    };
    const environment = jobEnvironment(planOf(withSecret), 'linux/amd64', {
      ...options,
      gitSecrets: [{ id: 'arn:git', key: 'token', audience: hostAudience(planOf(withSecret).source.repository) }],
      buildSecretIds: new Map([['npm', 'arn:npm']]),
    });
    expect(environment).toMatchObject({
      TWINHULL_GIT_SECRET_ID: 'arn:git',
      TWINHULL_GIT_SECRET_KEY: 'token',
      TWINHULL_GIT_SECRET_HOST: new URL(planOf(withSecret).source.repository).host,
      TWINHULL_STEP_2_SECRET_1: 'npm',
      TWINHULL_STEP_2_SECRET_1_ID: 'arn:npm',
    });
    expect(jobEnvironment(planOf(withSecret), 'linux/amd64', options)).not.toHaveProperty(
      'TWINHULL_STEP_2_SECRET_1_ID',
    );
  });

  it('names the git secret for the repository, or else one that names its own host', () => {
    const secretFor = (repository: string, gitSecrets: JobEnvironmentOptions['gitSecrets']) => {
      const plan = planOf(presetRecipe('vecoli'));
      const elsewhere = { ...plan, source: { ...plan.source, repository } };
      return jobEnvironment(elsewhere, 'linux/amd64', { ...options, gitSecrets })['TWINHULL_GIT_SECRET_ID'];
    };
    const team = { id: 'team', audience: parseGitAudience('it', 'git.example/team') };
    const host = { id: 'host', audience: parseGitAudience('it', 'git.example') };
    expect(secretFor('https://git.example/team/a.git', [host, team])).toBe('team');
    expect(secretFor('https://git.example/team-evil/a.git', [host, team])).toBe('host');
    expect(secretFor('https://git.example/team-evil/a.git', [team])).toBeUndefined();
    expect(secretFor('https://evil.example/a.git', [host, team])).toBeUndefined();
    expect(secretFor('https://evil.example/a.git', [host, { id: 'names its host' }])).toBe('names its host');
    expect(secretFor('https://git.example/a.git', [host, { id: 'names its host' }])).toBe('host');
  });

  it('preserves every value of any plan', () => {
    fc.assert(
      fc.property(anyRecipe, (recipe) => {
        const plan = planOf(recipe);
        for (const { platform, steps } of plan.jobs) {
          const environment = jobEnvironment(plan, platform, options);
          expect(readSteps(environment)).toEqual(steps);
          for (const [name, value] of Object.entries(environment)) {
            expect(name).toMatch(/^TWINHULL_[A-Z0-9_]+$/);
            expect(value).not.toContain('\0');
          }
        }
      }),
    );
  });
});

function addSecret(build: RecipeImage['build']): RecipeImage['build'] {
  return build.kind === 'script' ? build : { ...build, secrets: ['npm'] };
}

/** Reads the variables as the builder does. */
function readSteps(environment: Readonly<Record<string, string>>): PlannedStep[] {
  const read = (name: string): string => environment[name] ?? expect.fail(`${name} is missing`);
  const many = <Item>(count: string, item: (index: number) => Item): Item[] =>
    Array.from({ length: Number(read(count)) }, (_, index) => item(index + 1));
  const pairs = (prefix: string): Record<string, string> =>
    Object.fromEntries(many(`${prefix}_COUNT`, (index) => read(`${prefix}_${index}`)).map((pair) => splitOnce(pair)));
  return many('TWINHULL_STEP_COUNT', (number) => {
    const step = `TWINHULL_STEP_${number}`;
    const from = environment[`${step}_FROM`];
    const inline = environment[`${step}_DOCKERFILE_INLINE`];
    const target = environment[`${step}_TARGET`];
    const secrets = many(`${step}_SECRET_COUNT`, (index) => read(`${step}_SECRET_${index}`));
    return {
      image: read(`${step}_IMAGE`),
      ...(from !== undefined && { from: { image: from, argument: read(`${step}_FROM_ARG`) } }),
      ...(environment[`${step}_INDEPENDENT`] === '1' && { architecture: 'independent' as const }),
      build:
        read(`${step}_KIND`) === 'script'
          ? {
              kind: 'script',
              path: read(`${step}_SCRIPT`),
              arguments: many(`${step}_ARG_COUNT`, (index) => read(`${step}_ARG_${index}`)),
              environment: pairs(`${step}_ENV`),
              ...(secrets.length > 0 && { secrets }),
              ...(environment[`${step}_CACHE`] === '0' && { cache: false }),
            }
          : {
              kind: 'dockerfile',
              dockerfile: inline === undefined ? { path: read(`${step}_DOCKERFILE`) } : { inline },
              context: read(`${step}_CONTEXT`),
              ...(target !== undefined && { target }),
              arguments: pairs(`${step}_BUILD_ARG`),
              ...(environment[`${step}_ONCE_COUNT`] !== undefined && { once: pairs(`${step}_ONCE`) }),
              secrets,
              cache: environment[`${step}_CACHE`] === '1',
            },
      verify: many(`${step}_VERIFY_COUNT`, (command) =>
        many(`${step}_VERIFY_${command}_COUNT`, (word) => read(`${step}_VERIFY_${command}_${word}`)),
      ),
    };
  });
}

function splitOnce(pair: string): [string, string] {
  const at = pair.indexOf('=');
  return [pair.slice(0, at), pair.slice(at + 1)];
}
