import type { IJob } from 'kubernetes-models/batch/v1';
import type { IContainer, IPodSpec } from 'kubernetes-models/v1';
import { shortCommit } from '../domain/commit.ts';
import { platformArchitecture, platformOs } from '../domain/platform.ts';
import { headJobDefaults } from './defaults.ts';
import { checkName, checkQuantity, dnsLabel, dnsSubdomain, labelFrom } from './names.ts';
import type { PinnedImage } from './pinned-image.ts';

export interface NextflowHeadJobOptions {
  /** @default the repository's last part, the image and the short commit: `vecoli-submit-3f2c1a9` */
  readonly name?: string | undefined;
  /** @default whichever kubectl is set to */
  readonly namespace?: string | undefined;
  /** What the head job may do in AWS and in the cluster. @default `nextflow` */
  readonly serviceAccount?: string | undefined;
  /** Config map whose files are mounted: `nextflow.config`, `main.nf`. @default `nextflow` */
  readonly configMap?: string | undefined;
  /** Request, such as `500m` or `2`; no limit. @default `500m` */
  readonly cpu?: string | undefined;
  /** Request and limit, such as `2Gi`. @default `2Gi` */
  readonly memory?: string | undefined;
  /** How long an ended job is kept, in seconds, 0 to 2147483647. @default one day */
  readonly keepSeconds?: number | undefined;
  /** @default Nextflow runs `main.nf` with `nextflow.config`, both from the config map */
  readonly command?: readonly string[] | undefined;
}

const configFolder = '/etc/nextflow';
/** Where Nextflow keeps its history and log: gone with the pod, as its work is in the work directory of its configuration. */
const workspace = '/workspace';

const defaultCommand: readonly string[] = [
  'nextflow',
  'run',
  `${configFolder}/main.nf`,
  '-c',
  `${configFolder}/nextflow.config`,
  '-ansi-log',
  'false',
];

/**
 * A Kubernetes Job that runs a workflow's head in the submit image: it starts tasks elsewhere, and waits for them.
 *
 * @throws ArgumentInvalid when a name or a quantity is none that Kubernetes takes
 */
export function nextflowHeadJob(image: PinnedImage, options: NextflowHeadJobOptions = {}): IJob {
  const { name, namespace, keepSeconds = headJobDefaults.keepSeconds } = options;
  const jobName = name === undefined ? defaultName(image) : checkName('--name', name, dnsLabel);
  const labels = {
    'app.kubernetes.io/name': labelFrom([image.repositoryName]),
    'app.kubernetes.io/instance': jobName,
    'app.kubernetes.io/version': image.commit,
    'app.kubernetes.io/component': 'workflow-head',
    'app.kubernetes.io/managed-by': 'twinhull',
  };
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name: jobName,
      ...(namespace !== undefined && { namespace: checkName('--namespace', namespace, dnsLabel) }),
      labels,
      annotations: { 'twinhull.dev/build': image.buildId, 'twinhull.dev/image': image.name },
    },
    spec: {
      // A second head would start the workflow's tasks a second time: that is a person's decision.
      backoffLimit: 0,
      ttlSecondsAfterFinished: keepSeconds,
      template: { metadata: { labels }, spec: podSpec(image, options) },
    },
  };
}

function podSpec(image: PinnedImage, options: NextflowHeadJobOptions): IPodSpec {
  const { serviceAccount = headJobDefaults.serviceAccount, configMap = headJobDefaults.configMap } = options;
  return {
    restartPolicy: 'Never',
    serviceAccountName: checkName('--service-account', serviceAccount, dnsSubdomain),
    nodeSelector: {
      'kubernetes.io/os': platformOs(image.platform),
      'kubernetes.io/arch': platformArchitecture(image.platform),
    },
    containers: [container(image, options)],
    volumes: [
      { name: 'config', configMap: { name: checkName('--config-map', configMap, dnsSubdomain) } },
      { name: 'workspace', emptyDir: {} },
    ],
  };
}

function container(
  { reference }: PinnedImage,
  { cpu = headJobDefaults.cpu, memory = headJobDefaults.memory, command = defaultCommand }: NextflowHeadJobOptions,
): IContainer {
  return {
    name: 'nextflow',
    image: reference,
    command: [...command],
    workingDir: workspace,
    env: [{ name: 'NXF_HOME', value: `${workspace}/.nextflow` }],
    resources: {
      requests: { cpu: checkQuantity('--cpu', cpu), memory: checkQuantity('--memory', memory) },
      limits: { memory },
    },
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
    volumeMounts: [
      { name: 'config', mountPath: configFolder, readOnly: true },
      { name: 'workspace', mountPath: workspace },
    ],
  };
}

function defaultName({ repositoryName, name, commit }: PinnedImage): string {
  const end = `-${shortCommit(commit)}`;
  return labelFrom([repositoryName, name], dnsLabel.longest - end.length) + end;
}
