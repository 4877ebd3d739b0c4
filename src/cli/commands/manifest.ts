import {
  type BatchJobDefinitionOptions,
  batchJobDefinition,
  documentTag,
} from '../../manifests/batch-job-definition.ts';
import { type NextflowHeadJobOptions, nextflowHeadJob } from '../../manifests/nextflow-head-job.ts';
import { type ImageChoice, pinImage } from '../../manifests/pinned-image.ts';
import { yamlText } from '../../manifests/yaml-text.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { findPublishedBuild } from '../find-build.ts';
import { type Terminal, write, writeJson } from '../terminal.ts';
import { withStore } from '../with-store.ts';

export interface BatchManifestOptions extends ImageChoice, BatchJobDefinitionOptions {
  readonly register: boolean;
  readonly json: boolean;
}

export interface KubernetesManifestOptions extends ImageChoice, NextflowHeadJobOptions {
  readonly json: boolean;
}

export async function manifestBatch(
  name: string | undefined,
  options: BatchManifestOptions,
  { stdout, stderr }: Terminal,
): Promise<ExitCode> {
  const { image, place } = await findImage(name, options);
  const document = batchJobDefinition(image, options);
  if (!options.register) {
    await writeJson(stdout, document);
    return exitCodes.success;
  }
  const { registerJobDefinition } = await import('../../adapters/aws-job-definitions/register-job-definition.ts');
  const { arn, revision, isNew } = await registerJobDefinition(document, documentTag, place);
  const done = isNew ? 'registered' : 'is registered already';
  await write(stderr, `job definition ${document.jobDefinitionName ?? ''} revision ${revision} ${done}\n`);
  await (options.json
    ? writeJson(stdout, { arn, name: document.jobDefinitionName, revision, isNew })
    : write(stdout, `${arn}\n`));
  return exitCodes.success;
}

export async function manifestKubernetes(
  name: string | undefined,
  options: KubernetesManifestOptions,
  { stdout }: Terminal,
): Promise<ExitCode> {
  const { image } = await findImage(name, options);
  const job = nextflowHeadJob(image, options);
  await (options.json ? writeJson(stdout, job) : write(stdout, yamlText(job)));
  return exitCodes.success;
}

function findImage(name: string | undefined, choice: ImageChoice) {
  return withStore(async (store, { aws }) => ({
    image: pinImage(await findPublishedBuild(store, name), choice),
    place: aws,
  }));
}
