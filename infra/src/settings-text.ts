import { z } from 'zod';
import { TwinhullError } from '../../src/domain/errors/twinhull-error.ts';
import { settingOfOutput } from './outputs.ts';

type Outputs = Readonly<Record<string, string>>;

/** The file of `cdk deploy --outputs-file`: outputs by stack. */
const cdkOutputs = z.record(z.string(), z.record(z.string(), z.string()));

/** The output of `aws cloudformation describe-stacks`, converted to the same shape. */
const describedStacks = z
  .object({
    Stacks: z.array(
      z.object({
        StackName: z.string(),
        Outputs: z.array(z.object({ OutputKey: z.string(), OutputValue: z.string() })).default([]),
      }),
    ),
  })
  .transform(({ Stacks }) =>
    Object.fromEntries(
      Stacks.map(({ StackName, Outputs }): [string, Outputs] => [
        StackName,
        Object.fromEntries(Outputs.map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue])),
      ]),
    ),
  );

/**
 * A settings file for Twinhull from the outputs of a deployed stack. Outputs that are not settings follow as comments.
 *
 * @param json from `cdk deploy --outputs-file` or `aws cloudformation describe-stacks`
 * @param stackName the stack to use, when there are several
 * @throws ArgumentInvalid when it is neither, or does not contain exactly one Twinhull stack
 */
export function settingsText(json: string, stackName?: string): string {
  const stacks = Object.entries(parsed(json)).filter(
    ([name, outputs]) => (stackName === undefined || name === stackName) && 'BuildJobDefinition' in outputs,
  );
  const [only] = stacks;
  if (only === undefined || stacks.length > 1) {
    const named = stackName === undefined ? '' : ` named "${stackName}"`;
    throw new TwinhullError('ArgumentInvalid', `the outputs contain ${stacks.length} build stacks${named}`, {
      hint: 'deploy with --outputs-file, and name the stack where there are several',
    });
  }
  const [name, outputs] = only;
  const settings = Object.entries(settingOfOutput).map(([output, setting]) => `${setting}=${valueOf(outputs, output)}`);
  const others = Object.entries(outputs).filter(([output]) => !(output in settingOfOutput));
  return [`# of the stack ${name}`, ...settings, ...others.map(([output, value]) => `# ${output}: ${value}`), ''].join(
    '\n',
  );
}

function parsed(json: string): Readonly<Record<string, Outputs>> {
  try {
    return z.union([describedStacks, cdkOutputs]).parse(JSON.parse(json));
  } catch (cause) {
    const message =
      'the outputs have neither the format of cdk deploy --outputs-file nor that of aws cloudformation describe-stacks';
    throw new TwinhullError('ArgumentInvalid', message, { cause });
  }
}

/** Values are unquoted in the settings file: none of ours contains blanks or quotes. */
function valueOf(outputs: Outputs, output: string): string {
  const value = outputs[output];
  if (value !== undefined && /^[\w./:@+=-]+$/.test(value)) return value;
  throw new TwinhullError('ArgumentInvalid', `the output ${output} is ${JSON.stringify(value)}`, {
    hint: 'deploy the stack again with this version',
  });
}
