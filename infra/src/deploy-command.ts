import { parseArgs } from 'node:util';
import { type Deployment, readDeployment } from '../../src/settings/deployment.ts';

/** Where `npm run settings` finds the outputs of the stack. */
export const outputsFile = 'cdk.out/outputs.json';

/** What `npm run deploy` was called with. */
export interface DeployCommand {
  /** The stack that it deploys. */
  readonly chosen: Deployment;
  /** Whether a stack of another origin may be changed. */
  readonly adopt: boolean;
  /** The profile of AWS credentials (`--profile`), which the CDK uses instead of AWS_PROFILE. */
  readonly profile: string | undefined;
  /** The words for `cdk deploy`. */
  readonly words: readonly string[];
}

/**
 * Parses the words after `npm run deploy --`: options of `cdk deploy`, which receives them unchanged, except `--adopt`. The outputs
 * are written to `outputsFile` unless another file is named.
 *
 * @param file the options in cdk.context.json; `-c` has precedence
 * @throws SettingInvalid for an unknown or invalid option of the deployment
 */
export function deployCommand(words: readonly string[], file: Readonly<Record<string, unknown>>): DeployCommand {
  const { values } = parseArgs({
    args: [...words],
    options: {
      adopt: { type: 'boolean' },
      context: { type: 'string', short: 'c', multiple: true },
      'outputs-file': { type: 'string', short: 'O' },
      profile: { type: 'string' },
    },
    // All other options are for the CDK to check.
    strict: false,
  });
  const context = [values.context ?? []].flat().map((pair) => keyAndValue(String(pair)));
  return {
    chosen: readDeployment({ ...file, ...Object.fromEntries(context) }),
    adopt: values.adopt === true,
    profile: typeof values.profile === 'string' ? values.profile : undefined,
    words: [
      ...words.filter((word) => word !== '--adopt'),
      ...(values['outputs-file'] === undefined ? ['--outputs-file', outputsFile] : []),
    ],
  };
}

/** `-c=key=value` arrives with its first `=`. The CDK ignores a key without a value. */
function keyAndValue(pair: string): [key: string, value: string] {
  const text = pair.replace(/^=/, '');
  const at = text.indexOf('=');
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}
