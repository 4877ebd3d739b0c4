import {
  type BatchJobDefinitionOptions,
  batchJobDefinition,
  documentTag,
} from '../../manifests/batch-job-definition.ts';
import { type NextflowHeadJobOptions, nextflowHeadJob } from '../../manifests/nextflow-head-job.ts';
import { type ImageChoice, type PinnedImage, pinImage } from '../../manifests/pinned-image.ts';
import { yamlText } from '../../manifests/yaml-text.ts';
import { loadSettings } from '../../settings/settings.ts';
import { withBuilds } from '../builds/with-builds.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { findPublishedBuild } from '../find-build.ts';
import { type Terminal, write, writeJson } from '../terminal.ts';

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
  terminal: Terminal,
): Promise<ExitCode> {
  const { stdout, stderr } = terminal;
  const document = batchJobDefinition(await findImage(name, options, terminal), options);
  if (!options.register) {
    await writeJson(stdout, document);
    return exitCodes.success;
  }
  const { registerJobDefinition } = await import('../../adapters/aws-job-definitions/register-job-definition.ts');
  const { arn, revision, isNew } = await registerJobDefinition(document, documentTag, loadSettings().aws);
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
  terminal: Terminal,
): Promise<ExitCode> {
  const { stdout } = terminal;
  const job = nextflowHeadJob(await findImage(name, options, terminal), options);
  await (options.json ? writeJson(stdout, job) : write(stdout, yamlText(job)));
  return exitCodes.success;
}

function findImage(name: string | undefined, choice: ImageChoice, terminal: Terminal): Promise<PinnedImage> {
  return withBuilds(terminal, async (builds) => pinImage(await findPublishedBuild(builds, name), choice));
}
