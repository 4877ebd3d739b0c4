import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Job } from 'kubernetes-models/batch/v1';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { publishedBuild } from '../../test/helpers/shown-builds.ts';
import { type HeadJobOptions, headJob } from './head-job.ts';
import { pinImage } from './pinned-image.ts';

const submit = pinImage(publishedBuild({ destination: '123456789012.dkr.ecr.us-gov-west-1.amazonaws.com/vecoli' }), {
  image: 'submit',
  platform: 'linux/amd64',
});

function podOf(options?: HeadJobOptions, image = submit) {
  const job = headJob(image, options);
  new Job(job).validate();
  const spec = job.spec?.template.spec;
  const container = spec?.containers[0];
  const env = Object.fromEntries((container?.env ?? []).map(({ name, value = '' }) => [name, value]));
  return { spec, container, env };
}

describe("vEcoli's head", () => {
  it('matches the config map, service account and environment of the reference', () => {
    const { spec, container, env } = podOf();
    expect(spec).toMatchObject({
      serviceAccountName: 'batch-submit',
      volumes: [{ name: 'config', configMap: { name: 'vecoli-submit-3f2c1a9-config' } }],
    });
    expect(container).toMatchObject({
      name: 'workflow',
      volumeMounts: [{ name: 'config', mountPath: '/config', readOnly: true }],
    });
    // The script's paths are relative to the repository, which is the image's own working directory.
    expect(container).not.toHaveProperty('workingDir');
    expect(env).toEqual({
      AWS_DEFAULT_REGION: 'us-gov-west-1',
      AWS_REGION: 'us-gov-west-1',
      AWS_STS_REGIONAL_ENDPOINTS: 'regional',
      USER: 'sms-api',
      S3_ENDPOINT: 'https://s3.us-gov-west-1.amazonaws.com',
    });
  });

  it('runs the workflow program, and contains nothing that Kubernetes would expand', () => {
    const script = podOf().container?.command?.join(' ');
    expect(script).toContain('python runscripts/workflow.py --config /config/workflow.json\n');
    expect(script).not.toContain('$(');
  });

  it('can be overridden in every part', () => {
    const env = { USER: 'me', ECOLI_SOURCES: 's3://bucket/a$b' };
    const changed = podOf({
      name: 'run-7',
      configMap: 'mine',
      serviceAccount: 'other',
      region: 'cn-north-1',
      env,
      command: ['true'],
    });
    expect(changed.spec).toMatchObject({
      serviceAccountName: 'other',
      volumes: [{ configMap: { name: 'mine' } }],
    });
    expect(changed.container?.command).toEqual(['true']);
    expect(changed.env).toMatchObject({ ...env, S3_ENDPOINT: 'https://s3.cn-north-1.amazonaws.com.cn' });
  });

  it('is the default of the recipe vecoli, unless another is named', () => {
    expect(podOf({ head: 'nextflow' }).container).toMatchObject({ name: 'nextflow', workingDir: '/workspace' });
    const other = pinImage(publishedBuild({ recipe: 'model' }), { image: 'submit', platform: 'linux/amd64' });
    expect(podOf({}, other).container?.name).toBe('nextflow');
    expect(podOf({ head: 'vecoli', region: 'us-east-1' }, other).container?.name).toBe('workflow');
  });

  it('requires a region', () => {
    const elsewhere = pinImage(publishedBuild(), { image: 'submit', platform: 'linux/amd64' });
    expect(() => headJob(elsewhere)).toThrow(
      expect.objectContaining({ code: 'ArgumentInvalid', hint: expect.stringContaining('--region') }),
    );
    expect(() => headJob(submit, { region: "us'; true" })).toThrow(
      expect.objectContaining({ code: 'ArgumentInvalid', message: expect.stringContaining('--region is') }),
    );
  });
});

describe("the command of vEcoli's head", () => {
  let folder: string;
  const template = 'runscripts/nextflow/config.template';

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'twinhull-head-'));
    file(
      template,
      'profiles {\n    aws {\n        aws {\n            region = params.aws_region\n        }\n    }\n}\n',
    );
    file('bin/python', '#!/bin/sh\necho "python $*"\nexit "${PYTHON_EXIT:-0}"\n');
    file('bin/aws', '#!/bin/sh\necho "aws $*"\nexit 9\n');
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  function file(path: string, content: string): void {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
    chmodSync(join(folder, path), 0o755);
  }

  function run(env: Readonly<Record<string, string>> = {}) {
    const { container, env: own } = podOf();
    const [program = '', ...words] = container?.command ?? [];
    return spawnSync(program, words, {
      cwd: folder,
      encoding: 'utf8',
      env: { PATH: `${join(folder, 'bin')}:${process.env['PATH'] ?? ''}`, ...own, ...env },
    });
  }

  it('adds the S3 endpoint to the template, then runs the workflow', () => {
    expect(run()).toMatchObject({
      status: 0,
      stdout: 'python runscripts/workflow.py --config /config/workflow.json\n',
      stderr: '',
    });
    expect(readFileSync(join(folder, template), 'utf8')).toContain(
      "            region = params.aws_region\n            client { endpoint = 'https://s3.us-gov-west-1.amazonaws.com' }\n        }\n",
    );
  });

  it('reports an unknown template, and runs the workflow anyway', () => {
    file(template, 'aws {}\n');
    const ran = run();
    expect(ran.status).toBe(0);
    expect(ran.stderr).toContain(`${template} has no line for the S3 endpoint`);
    expect(ran.stdout).toContain('python runscripts/workflow.py');
  });

  it('copies the log to a configured address, and exits as the workflow did even if the copy fails', () => {
    const ran = run({ PYTHON_EXIT: '3', NEXTFLOW_LOG_URI: 's3://bucket/run 7/.nextflow.log' });
    expect(ran.status).toBe(3);
    expect(ran.stderr).toBe('aws s3 cp .nextflow.log s3://bucket/run 7/.nextflow.log\n');
  });
});
