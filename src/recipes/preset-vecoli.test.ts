import { describe, expect, it } from 'vitest';
import { shownCommit } from '../../test/helpers/shown-builds.ts';
import { TwinhullError } from '../domain/errors/twinhull-error.ts';
import { planBuild } from '../domain/planner.ts';
import { presetRecipe } from './read-recipe.ts';

describe('the preset vecoli', () => {
  const recipe = presetRecipe('vecoli');
  const submit = recipe.images[1]?.build;
  const text = submit?.kind === 'dockerfile' && 'inline' in submit.dockerfile ? submit.dockerfile.inline : '';
  const source = {
    repository: 'https://git.example.com/lab/vecoli.git',
    commit: shownCommit,
    destination: { repository: 'registry.example.com/lab/vecoli', kind: 'oci', region: 'us-gov-west-1' },
  } as const;

  it('builds the task image with the script, and the submit image on top of it for amd64 only', () => {
    expect(recipe).toMatchObject({
      name: 'vecoli',
      preset: { name: 'vecoli', version: 2 },
      images: [
        {
          name: 'task',
          platforms: ['linux/arm64', 'linux/amd64'],
          build: {
            kind: 'script',
            path: 'runscripts/container/build-and-push-ecr.sh',
            arguments: ['-i', '{tag}', '-r', '{repository}', '-R', '{region}'],
            environment: { USER: 'sms-api' },
          },
          tags: [{ template: '{commit}', moving: false }],
        },
        {
          name: 'submit',
          platforms: ['linux/amd64'],
          from: { image: 'task', argument: 'BASE_IMAGE' },
          verify: [
            ['java', '-version'],
            ['nextflow', '-version'],
            ['sh', '-c', 'cd /tmp && NXF_OFFLINE=true exec nextflow run /nextflow/check.nf'],
          ],
          tags: [{ template: '{commit}-submit', moving: false }],
        },
      ],
    });
  });

  it('passes launcher, version and checksum as build arguments, never in the Dockerfile text', () => {
    expect(submit).toMatchObject({
      arguments: {
        NEXTFLOW_VERSION: '24.10.5',
        NEXTFLOW_URL: 'https://github.com/nextflow-io/nextflow/releases/download/v24.10.5/nextflow-24.10.5-dist',
        NEXTFLOW_SHA256: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      },
    });
    const other = { version: '25.10.2', url: 'http://lab.local:8080/nextflow', sha256: 'a'.repeat(64) };
    const changed = presetRecipe('vecoli', {
      nextflow: other,
      java: 'openjdk-21-jre-headless',
      user: 'me',
      script: 'x.sh',
    }).images;
    expect(changed[1]?.build).toMatchObject({
      dockerfile: submit?.kind === 'dockerfile' ? submit.dockerfile : undefined,
      arguments: {
        NEXTFLOW_VERSION: '25.10.2',
        NEXTFLOW_URL: other.url,
        NEXTFLOW_SHA256: other.sha256,
        JAVA_PACKAGE: 'openjdk-21-jre-headless',
      },
    });
    expect(changed[0]?.build).toMatchObject({ path: 'x.sh', environment: { USER: 'me' } });
  });

  it('also publishes a tag per platform for deployments that still pull those', () => {
    const { images } = presetRecipe('vecoli', { platformTags: true });
    expect(images.map(({ tags }) => tags)).toEqual([
      [
        { template: '{commit}', moving: false },
        { template: '{commit}-{platform}', moving: false },
      ],
      [
        { template: '{commit}-submit', moving: false },
        { template: '{commit}-{platform}-submit', moving: false },
      ],
    ]);
    expect(
      planBuild({ ...source, recipe: { ...recipe, images } }).tags.map(({ tag, kind, platforms }) => [
        tag,
        kind,
        platforms,
      ]),
    ).toEqual([
      [shownCommit, 'index', ['linux/arm64', 'linux/amd64']],
      [`${shownCommit}-arm64`, 'image', ['linux/arm64']],
      [`${shownCommit}-amd64`, 'image', ['linux/amd64']],
      [`${shownCommit}-submit`, 'image', ['linux/amd64']],
      [`${shownCommit}-amd64-submit`, 'image', ['linux/amd64']],
    ]);
  });

  it('builds Java and the launcher once, in a stage without the commit’s image', () => {
    expect(submit).toMatchObject({
      arguments: { JAVA_IMAGE: 'debian:bookworm-slim' },
      once: { RUNTIME_IMAGE: 'runtime' },
    });
    const stages = text.split(/^(?=FROM )/m).slice(1);
    const [tools, runtime, ready, final] = stages.map((stage) => stage.split('\n')[0]);
    expect(tools).toBe('FROM ${JAVA_IMAGE} AS tools');
    expect(runtime).toBe('FROM scratch AS runtime');
    expect(ready).toBe('FROM ${RUNTIME_IMAGE} AS ready');
    expect(final).toBe('FROM ${BASE_IMAGE}');
    expect(text).toMatch(/^ARG RUNTIME_IMAGE=runtime$/m);
    const other = presetRecipe('vecoli', { javaImage: 'mirror.example.com:5000/debian@sha256:1' }).images[1]?.build;
    expect(other).toMatchObject({ arguments: { JAVA_IMAGE: 'mirror.example.com:5000/debian@sha256:1' } });
  });

  it('uses only Dockerfile syntax that an engine of 2020 supports, except the option that the builder drops', () => {
    expect(text.replace(/^COPY --link /m, 'COPY ')).not.toMatch(/^#|--checksum|<<|--link/m);
    expect(text.length).toBeLessThan(1600);
  });

  it.each([
    [{ nextflow: { version: '25.10.2' } }, 'with.nextflow.sha256: is missing'],
    [{ nextflow: { url: 'https://x/nextflow' } }, 'with.nextflow.sha256: is missing'],
    [{ nextflow: { url: 'https://u:p@x/nextflow', sha256: 'a'.repeat(64) } }, 'without user name'],
    [{ nextflow: { sha256: 'A'.repeat(64) } }, '64 hexadecimal digits'],
    [{ nextflow: { version: 24.1 } }, 'expected a version in quotes'],
    [{ platformTags: 'yes' }, 'with.platformTags: '],
    [{ java: 'x; rm -rf /' }, 'name of a Debian package'],
    [{ javaImage: '$(id)' }, 'expected the name of an image'],
    [{ sript: 'x' }, 'with.sript: unknown key; did you mean "script"?'],
  ])('refuses the options %j', (options, reason) => {
    expect(() => presetRecipe('vecoli', options)).toThrow(TwinhullError);
    expect(() => presetRecipe('vecoli', options)).toThrow(reason);
  });
});
