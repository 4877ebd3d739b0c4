import type { IContainer, IPodSpec } from 'kubernetes-models/v1';
import { parseEcrHost } from '../domain/ecr-host.ts';
import { TwinhullError } from '../domain/errors/twinhull-error.ts';
import { quoted } from '../domain/quoted.ts';
import { awsRegion, checkName } from './names.ts';
import type { PinnedImage } from './pinned-image.ts';

/** What starts a workflow: Nextflow itself, or vEcoli's program, which writes the pipeline and runs Nextflow. */
export const headNames = ['nextflow', 'vecoli'] as const;

/** Which program a head job runs. */
export type HeadName = (typeof headNames)[number];

/** How the head job starts the workflow. */
export interface HeadOptions {
  /** @default `vecoli` where the recipe has that name, else `nextflow` */
  readonly head?: HeadName | undefined;
  /** AWS region of vEcoli's workflow. @default that of the image's registry at ECR */
  readonly region?: string | undefined;
}

/** A head's defaults for its Job. */
export interface Head {
  readonly serviceAccount: string;
  readonly configMap: string;
  /** Where the files of the config map are mounted. */
  readonly configFolder: string;
  readonly container: Pick<IContainer, 'name' | 'workingDir'> & { readonly command: string[] };
  readonly env: Readonly<Record<string, string>>;
  /** Folders that are removed with the pod. */
  readonly folders: readonly { readonly name: string; readonly path: string }[];
}

/** @throws ArgumentInvalid when vEcoli's head needs a region and there is none */
export function headOf(image: PinnedImage, jobName: string, { head, region }: HeadOptions): Head {
  const name = head ?? (image.recipe === 'vecoli' ? 'vecoli' : 'nextflow');
  return name === 'vecoli' ? vecoliHead(jobName, regionOf(image, region)) : nextflowHead();
}

/** Where Nextflow keeps its history and log; its tasks use the work directory of its configuration. */
const workspace = '/workspace';

function nextflowHead(): Head {
  const configFolder = '/etc/nextflow';
  const files = [`${configFolder}/main.nf`, '-c', `${configFolder}/nextflow.config`];
  return {
    serviceAccount: 'nextflow',
    configMap: 'nextflow',
    configFolder,
    container: {
      name: 'nextflow',
      command: ['nextflow', 'run', ...files, '-ansi-log', 'false'],
      workingDir: workspace,
    },
    env: { NXF_HOME: `${workspace}/.nextflow` },
    folders: [{ name: 'workspace', path: workspace }],
  };
}

/**
 * Runs in the image's own working directory, the repository. Nextflow's template there lacks the S3 endpoint that
 * GovCloud needs. Values that differ between deployments are in the environment, so that the script is constant.
 */
const vecoliScript = `template=runscripts/nextflow/config.template
sed -i "s|^\\( *\\)region = params.aws_region\\$|&\\n\\1client { endpoint = '$S3_ENDPOINT' }|" "$template"
grep -qF "$S3_ENDPOINT" "$template" || echo "$template has no line for the S3 endpoint; it stays as it is" >&2
python runscripts/workflow.py --config /config/workflow.json
status=$?
[ -z "$NEXTFLOW_LOG_URI" ] || aws s3 cp .nextflow.log "$NEXTFLOW_LOG_URI" >&2
exit $status`;

function vecoliHead(jobName: string, region: string): Head {
  return {
    serviceAccount: 'batch-submit',
    configMap: `${jobName}-config`,
    configFolder: '/config',
    container: { name: 'workflow', command: ['/bin/sh', '-c', vecoliScript] },
    env: {
      AWS_DEFAULT_REGION: region,
      AWS_REGION: region,
      AWS_STS_REGIONAL_ENDPOINTS: 'regional',
      USER: 'sms-api',
      S3_ENDPOINT: `https://s3.${region}.${region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com'}`,
    },
    folders: [],
  };
}

function regionOf({ reference }: PinnedImage, region: string | undefined): string {
  if (region !== undefined) return checkName('--region', region, awsRegion);
  const host = reference.slice(0, reference.indexOf('/'));
  const ecr = parseEcrHost(host);
  if (ecr !== undefined) return ecr.region;
  throw new TwinhullError(
    'ArgumentInvalid',
    `the AWS region of the workflow is unknown: ${quoted(host)} is not at ECR`,
    {
      hint: "name it with --region, or use Nextflow's own head with --head nextflow",
    },
  );
}

/** Volumes of the pod, and their mount paths in its container. */
export function headVolumes(
  { configFolder, folders }: Head,
  configMap: string,
): { readonly volumes: NonNullable<IPodSpec['volumes']>; readonly mounts: NonNullable<IContainer['volumeMounts']> } {
  return {
    volumes: [
      { name: 'config', configMap: { name: configMap } },
      ...folders.map(({ name }) => ({ name, emptyDir: {} })),
    ],
    mounts: [
      { name: 'config', mountPath: configFolder, readOnly: true },
      ...folders.map(({ name, path }) => ({ name, mountPath: path })),
    ],
  };
}
