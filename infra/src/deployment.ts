import { z } from 'zod';
import { TwinhullError } from '../../src/errors/twinhull-error.ts';

const words = z.string().transform((text) =>
  text
    .split(',')
    .map((word) => word.trim())
    .filter(Boolean),
);
const whole = z.coerce.number().int();
const yes = z.preprocess((value) => (value === 'true' ? true : value === 'false' ? false : value), z.boolean());

/** JSON as text, which is all that `-c` can carry, or as it stands in cdk.json. */
function json<T extends z.ZodType>(schema: T) {
  return z.preprocess((value, context) => (typeof value === 'string' ? parsedJson(value, context) : value), schema);
}

/**
 * What a deployment may choose by CDK context: `cdk deploy -c key=value`, or the same keys in cdk.context.json. The
 * props that they set say more: see MultiArchBuildPipelineProps.
 */
const deployment = z.strictObject({
  region: z.string().default('us-gov-west-1'),
  stackName: z.string().default('smsvpctest-build-batch'),
  /**
   * Whether `cdk deploy` finds the roles and the bucket that `cdk bootstrap` made. Without, CloudFormation can be given
   * the template as it is: it has no assets, and fits into one request.
   */
  bootstrapped: yes.default(true),

  vpcId: z.string().optional(),
  subnetIds: words.optional(),
  cidr: z.string().optional(),
  availabilityZones: words.optional(),
  natGateways: whole.optional(),

  arm64InstanceTypes: words.optional(),
  amd64InstanceTypes: words.optional(),
  arm64Queue: z.string().optional(),
  amd64Queue: z.string().optional(),
  maxVcpus: whole.optional(),
  rootVolumeGiB: whole.optional(),
  hostCommands: json(z.array(z.string())).optional(),
  batchServiceRole: z.enum(['service-linked', 'own']).optional(),

  jobDefinition: z.string().optional(),
  builderImage: z.string().optional(),
  builderEnvironment: json(z.record(z.string(), z.string())).optional(),
  builderMounts: json(
    z.array(z.strictObject({ source: z.string(), target: z.string().optional(), readOnly: z.boolean().optional() })),
  ).optional(),
  timeoutMinutes: whole.optional(),
  attempts: whole.optional(),
  logGroup: z.string().optional(),
  /** Name, or complete ARN with the six characters at its end. */
  gitSecret: z.string().optional(),
  buildSecrets: words.optional(),

  repository: z.string().optional(),
  existingRepository: yes.default(false),

  orchestratorPrincipal: z.string().optional(),
  /** ARN of the OIDC provider of the Kubernetes cluster that `twinhull serve` runs in. */
  oidcProvider: z.string().optional(),
  /** Its service account there: `namespace/name`. */
  serviceAccount: z
    .string()
    .regex(/^[^/]+\/[^/]+$/, { error: 'it is not namespace/name' })
    .optional(),
  permissionsBoundary: z.string().optional(),
});

export type Deployment = z.infer<typeof deployment>;

/** All keys, for documentation. */
export const deploymentKeys: readonly string[] = Object.keys(deployment.shape);

/**
 * Reads the choices out of all context. Keys of the CDK's own are passed over; any other must be known.
 *
 * @throws SettingInvalid naming the first key that is unknown or whose value cannot stand
 */
export function readDeployment(context: Readonly<Record<string, unknown>>): Deployment {
  const ours = Object.fromEntries(Object.entries(context).filter(([key]) => !isOfCdk(key)));
  const result = deployment.safeParse(ours);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const key = issue?.code === 'unrecognized_keys' ? issue.keys[0] : issue?.path.join('.');
  throw new TwinhullError('SettingInvalid', `the context key ${String(key)} is not valid: ${issue?.message ?? ''}`, {
    hint: `known are: ${deploymentKeys.join(', ')} (docs/deploying.md)`,
  });
}

/** Flags (`@aws-cdk/...`), settings (`aws:cdk:...`), what it looked up (`vpc-provider:...`), and two of its command line. */
function isOfCdk(key: string): boolean {
  return /^@|:/.test(key) || key === 'cli-telemetry' || key === 'acknowledged-issue-numbers';
}

function parsedJson(text: string, context: z.RefinementCtx): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    context.addIssue({ code: 'custom', message: `not JSON: ${text}` });
    return z.NEVER;
  }
}
