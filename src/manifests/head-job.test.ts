import fc from 'fast-check';
import { Job } from 'kubernetes-models/batch/v1';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { hostileText } from '../../test/helpers/hostile-text.ts';
import { publishedBuild, shownCommit, shownDigest } from '../../test/helpers/shown-builds.ts';
import { type HeadJobOptions, headJob } from './head-job.ts';
import { pinImage } from './pinned-image.ts';
import { yamlText } from './yaml-text.ts';

const submit = pinImage(publishedBuild({ recipe: 'model' }), { image: 'submit', platform: 'linux/amd64' });

/** Checks against Kubernetes' own schema; the compiler checks the field names. @throws when it is violated */
function validate(job: ReturnType<typeof headJob>): void {
  new Job(job).validate();
}

it('conforms to Kubernetes’ schema, with the submit image by digest on an amd64 node', () => {
  const job = headJob(submit);
  validate(job);
  const labels = {
    'app.kubernetes.io/name': 'vecoli',
    'app.kubernetes.io/instance': 'vecoli-submit-3f2c1a9',
    'app.kubernetes.io/version': shownCommit,
    'app.kubernetes.io/component': 'workflow-head',
    'app.kubernetes.io/managed-by': 'twinhull',
  };
  expect(job).toMatchObject({
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'vecoli-submit-3f2c1a9', labels },
    spec: {
      backoffLimit: 0,
      ttlSecondsAfterFinished: 86_400,
      template: {
        metadata: { labels },
        spec: {
          restartPolicy: 'Never',
          serviceAccountName: 'nextflow',
          nodeSelector: { 'kubernetes.io/os': 'linux', 'kubernetes.io/arch': 'amd64' },
          containers: [
            {
              image: `registry.example.com/lab/vecoli@${shownDigest('c')}`,
              command: [
                'nextflow',
                'run',
                '/etc/nextflow/main.nf',
                '-c',
                '/etc/nextflow/nextflow.config',
                '-ansi-log',
                'false',
              ],
              resources: { requests: { cpu: '500m', memory: '2Gi' }, limits: { memory: '2Gi' } },
            },
          ],
          volumes: [{ configMap: { name: 'nextflow' } }, { emptyDir: {} }],
        },
      },
    },
  });
});

it('applies every option', () => {
  const job = headJob(submit, {
    name: 'run-7',
    namespace: 'simulations',
    serviceAccount: 'workflow.head',
    configMap: 'run-7.config',
    cpu: '1',
    memory: '1.5Gi',
    keepSeconds: 0,
    command: ['nextflow', '-version'],
  });
  validate(job);
  expect(job.metadata).toMatchObject({ name: 'run-7', namespace: 'simulations' });
  expect(job.spec).toMatchObject({
    ttlSecondsAfterFinished: 0,
    template: {
      spec: {
        serviceAccountName: 'workflow.head',
        containers: [{ command: ['nextflow', '-version'], resources: { requests: { cpu: '1', memory: '1.5Gi' } } }],
        volumes: [{ configMap: { name: 'run-7.config' } }, {}],
      },
    },
  });
});

it('selects nodes of the image’s own platform', () => {
  const arm64 = pinImage(publishedBuild({ recipe: 'model' }), { image: 'task', platform: 'linux/arm64' });
  expect(headJob(arm64).spec?.template.spec?.nodeSelector).toMatchObject({ 'kubernetes.io/arch': 'arm64' });
});

it.each<[HeadJobOptions, string]>([
  [{ name: 'Upper' }, '--name'],
  [{ name: 'with.dot' }, '--name'],
  [{ name: 'n'.repeat(64) }, '--name'],
  [{ name: '-a' }, '--name'],
  [{ namespace: 'a_b' }, '--namespace'],
  [{ serviceAccount: 'a..b' }, '--service-account'],
  [{ configMap: '' }, '--config-map'],
  [{ cpu: '0' }, '--cpu'],
  [{ memory: '2 GB' }, '--memory'],
])('refuses %o', (options, option) => {
  expect(() => headJob(submit, options)).toThrow(
    expect.objectContaining({ code: 'ArgumentInvalid', message: expect.stringContaining(`${option} is `) }),
  );
});

const odd = fc.oneof(fc.string({ unit: 'binary' }), hostileText('true'), fc.string({ minLength: 60, maxLength: 300 }));

it('has names and labels that Kubernetes accepts for any repository and image name', () => {
  const label = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
  fc.assert(
    fc.property(odd, odd, (repositoryName, name) => {
      const job = headJob({ ...submit, repositoryName, name });
      validate(job);
      expect(job.metadata?.name).toMatch(label);
      for (const value of Object.values(job.metadata?.labels ?? {})) expect(value).toMatch(label);
    }),
  );
});

it('distinguishes names that differ only beyond the truncation', () => {
  const named = (name: string) => headJob({ ...submit, name: 'n'.repeat(70) + name }).metadata?.name;
  expect(named('a')).not.toBe(named('b'));
});

it('is the same document in YAML 1.1 and 1.2', () => {
  const words = fc.oneof(
    odd,
    fc.constantFrom('yes', 'off', '1e3', '0o7', '010', '12:30', '2026-01-01', '~', '1_000', '=', '<<', '.inf'),
  );
  fc.assert(
    fc.property(fc.array(words, { minLength: 1 }), fc.stringMatching(/^[0-9a-f]{40}$/), (command, commit) => {
      const job = headJob({ ...submit, commit }, { command });
      const text = yamlText(job);
      expect(parse(text, { version: '1.1' })).toEqual(job);
      expect(parse(text, { version: '1.2' })).toEqual(job);
    }),
  );
});

it('fails validation against the schema after any error is introduced', () => {
  const job = headJob(submit);
  const broken = { ...job, spec: { ...job.spec, template: { spec: { containers: [{ image: 'a' }] } } } };
  expect(() => validate(broken as typeof job)).toThrow(/name/);
  const wrong = { ...job, spec: { ...job.spec, backoffLimit: 'none' } };
  expect(() => validate(wrong as unknown as typeof job)).toThrow(/backoffLimit/);
});
