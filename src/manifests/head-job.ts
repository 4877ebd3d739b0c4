import type { IJob } from 'kubernetes-models/batch/v1';
import type { IContainer, IPodSpec } from 'kubernetes-models/v1';
import { shortCommit } from '../domain/commit.ts';
import { platformArchitecture, platformOs } from '../domain/platform.ts';
import { headJobDefaults } from './defaults.ts';
import { type Head, type HeadOptions, headOf, headVolumes } from './heads.ts';
import { checkName, checkQuantity, dnsLabel, dnsSubdomain, labelFrom } from './names.ts';
import type { PinnedImage } from './pinned-image.ts';

/** The parts of a Kubernetes Job that a published image does not determine. */
export interface HeadJobOptions extends HeadOptions {
  /** @default the repository's last part, the image and the short commit: `vecoli-submit-3f2c1a9` */
  readonly name?: string | undefined;
  /** @default kubectl's current namespace */
  readonly namespace?: string | undefined;
  /** Gives the head job its rights in AWS and the cluster. @default `nextflow`; `batch-submit` of vEcoli's head */
  readonly serviceAccount?: string | undefined;
  /** Config map whose files are mounted. @default `nextflow`; the Job's name and `-config` of vEcoli's head */
  readonly configMap?: string | undefined;
  /** Request, such as `500m` or `2`; no limit. @default `500m` */
  readonly cpu?: string | undefined;
  /** Request and limit, such as `2Gi`. @default `2Gi` */
  readonly memory?: string | undefined;
  /** How long an ended job is kept, in seconds, 0 to 2147483647. @default one day */
  readonly keepSeconds?: number | undefined;
  /** Environment, which overrides that of the head. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** @default that of the head */
  readonly command?: readonly string[] | undefined;
}

/**
 * A Kubernetes Job that runs a workflow's head in the submit image: it starts tasks elsewhere, and waits for them.
 *
 * @throws ArgumentInvalid when Kubernetes does not accept a name or a quantity
 */
export function headJob(image: PinnedImage, options: HeadJobOptions = {}): IJob {
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
      // A second head would start the workflow's tasks a second time: only a person may decide that.
      backoffLimit: 0,
      ttlSecondsAfterFinished: keepSeconds,
      template: { metadata: { labels }, spec: podSpec(image, headOf(image, jobName, options), options) },
    },
  };
}

function podSpec(image: PinnedImage, head: Head, options: HeadJobOptions): IPodSpec {
  const { serviceAccount = head.serviceAccount, configMap = head.configMap } = options;
  const { volumes, mounts } = headVolumes(head, checkName('--config-map', configMap, dnsSubdomain));
  return {
    restartPolicy: 'Never',
    serviceAccountName: checkName('--service-account', serviceAccount, dnsSubdomain),
    nodeSelector: {
      'kubernetes.io/os': platformOs(image.platform),
      'kubernetes.io/arch': platformArchitecture(image.platform),
    },
    containers: [{ ...container(image, head, options), volumeMounts: mounts }],
    volumes,
  };
}

function container(
  { reference }: PinnedImage,
  head: Head,
  { cpu = headJobDefaults.cpu, memory = headJobDefaults.memory, env, command }: HeadJobOptions,
): IContainer {
  return {
    ...head.container,
    image: reference,
    command: [...(command ?? head.container.command)],
    env: Object.entries({ ...head.env, ...env }).map(([name, value]) => ({ name, value })),
    resources: {
      requests: { cpu: checkQuantity('--cpu', cpu), memory: checkQuantity('--memory', memory) },
      limits: { memory },
    },
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
  };
}

function defaultName({ repositoryName, name, commit }: PinnedImage): string {
  const end = `-${shortCommit(commit)}`;
  return labelFrom([repositoryName, name], dnsLabel.longest - end.length) + end;
}
