import { z } from 'zod';
import { TwinhullError } from '../domain/errors/twinhull-error.ts';
import { stackDefaults } from './stack-defaults.ts';

const words = z.string().transform((text) =>
  text
    .split(',')
    .map((word) => word.trim())
    .filter(Boolean),
);
const whole = z.coerce.number().int();
const yes = z.preprocess((value) => (value === 'true' ? true : value === 'false' ? false : value), z.boolean());

/** JSON as text, the only form that `-c` can carry, or as a value in cdk.json. */
function json<T extends z.ZodType>(schema: T) {
  return z.preprocess((value, context) => (typeof value === 'string' ? parsedJson(value, context) : value), schema);
}

/**
 * The options of a deployment, given as CDK context: `cdk deploy -c key=value`, or the same keys in cdk.context.json.
 * The props that they set are documented at MultiArchBuildPipelineProps.
 */
const deployment = z.strictObject({
  region: z.string().default(stackDefaults.region),
  /**
   * Prefixes all names, so that several stacks can coexist. Without it the names are those of the first user, whose
   * stack it would conflict with in their account.
   */
  name: z
    .string()
    .max(40, { error: 'it is longer than 40 characters' })
    .regex(/^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/, { error: 'it is not lower-case letters, digits and single -' })
    .optional(),
  stackName: z.string().optional(),
  /**
   * Whether `cdk deploy` can use the roles and the bucket that `cdk bootstrap` created. If not, CloudFormation gets the
   * template alone: it has no assets and fits into one request, and `scriptBucket` or `scriptPath` is required.
   */
  bootstrapped: yes.default(true),

  vpcId: z.string().optional(),
  subnetIds: words.optional(),
  cidr: z.string().optional(),
  availabilityZones: words.optional(),
  natGateways: whole.optional(),

  arm64InstanceTypes: words.optional(),
  amd64InstanceTypes: words.optional(),
  /** AMIs of the hosts. */
  arm64ImageId: z.string().optional(),
  amd64ImageId: z.string().optional(),
  arm64Queue: z.string().optional(),
  amd64Queue: z.string().optional(),
  maxVcpus: whole.optional(),
  rootVolumeGiB: whole.optional(),
  rootVolumeThroughput: whole.optional(),
  scaleDownMinutes: whole.optional(),
  warmHours: json(
    z.array(
      z.strictObject({
        days: z.array(z.enum(['MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT', 'SUN'])).optional(),
        from: z.number(),
        to: z.number(),
        vcpus: z.number(),
      }),
    ),
  ).optional(),
  warmTimeZone: z.string().optional(),
  hostCommands: json(z.array(z.string())).optional(),
  batchServiceRole: z.enum(['service-linked', 'own']).optional(),

  jobDefinition: z.string().optional(),
  builderImage: z.string().optional(),
  /** Bucket that holds the builder script, as scriptObjectName names it. */
  scriptBucket: z.string().optional(),
  /** Absolute path of the builder script in the builder image. */
  scriptPath: z.string().optional(),
  builderEnvironment: json(z.record(z.string(), z.string())).optional(),
  buildFolder: z.string().optional(),
  builderMounts: json(
    z.array(z.strictObject({ source: z.string(), target: z.string().optional(), readOnly: z.boolean().optional() })),
  ).optional(),
  timeoutMinutes: whole.optional(),
  attempts: whole.optional(),
  logGroup: z.string().optional(),
  /** Name, or complete ARN with its six-character suffix. */
  gitSecret: z.string().optional(),
  /** The git server that its token is for: host, host:port or host/path. */
  gitHost: z.string().optional(),
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
  /** ARN of a key. */
  encryptionKey: z
    .string()
    .regex(/^arn:[a-z-]+:kms:[a-z0-9-]+:\d{12}:key\/[A-Za-z0-9-]+$/, { error: 'it is not the ARN of a key' })
    .optional(),
});

/** A configuration of the stack with its defaults, and the name to deploy it under. */
export type Deployment = z.infer<typeof deployment> & { readonly stackName: string };

/** All keys, for the documentation. */
export const deploymentKeys: readonly string[] = Object.keys(deployment.shape);

/**
 * Parses the options from the whole context. CDK's own keys are ignored; any other must be known.
 *
 * @throws SettingInvalid naming the first key that is unknown or has an invalid value
 */
export function readDeployment(context: Readonly<Record<string, unknown>>): Deployment {
  const ours = Object.fromEntries(Object.entries(context).filter(([key]) => !isOfCdk(key)));
  const result = deployment.safeParse(ours);
  if (result.success) return { ...namesFrom(result.data.name), ...result.data };
  const [issue] = result.error.issues;
  const key = issue?.code === 'unrecognized_keys' ? issue.keys[0] : issue?.path.join('.');
  throw new TwinhullError('SettingInvalid', `the context key ${String(key)} is not valid: ${issue?.message ?? ''}`, {
    hint: `valid keys: ${deploymentKeys.join(', ')} (docs/deploying.md)`,
  });
}

/** Each name can be set individually. Without a name, the props' defaults apply. */
function namesFrom(name: string | undefined) {
  if (name === undefined) return { stackName: stackDefaults.stackName };
  return {
    stackName: `${name}-build-batch`,
    arm64Queue: `${name}-build-arm64`,
    amd64Queue: `${name}-build-amd64`,
    jobDefinition: `${name}-build`,
    gitSecret: `${name}-git-token`,
    repository: name,
  };
}

/** Flags (`@aws-cdk/...`), settings (`aws:cdk:...`), lookups (`vpc-provider:...`), and two keys of its command line. */
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
