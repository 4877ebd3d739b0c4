import { z } from 'zod';
import { TwinhullError } from '../../src/errors/twinhull-error.ts';
import { settingOfOutput } from './outputs.ts';

type Outputs = Readonly<Record<string, string>>;

/** What `cdk deploy --outputs-file` writes: outputs by stack. */
const cdkOutputs = z.record(z.string(), z.record(z.string(), z.string()));

/** What `aws cloudformation describe-stacks` prints, brought into the same shape. */
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
 * A settings file for Twinhull from the outputs of a deployed stack. Outputs that are no settings follow as comments.
 *
 * @param json what `cdk deploy --outputs-file` wrote, or `aws cloudformation describe-stacks` printed
 * @param stackName which of its stacks, where there are several
 * @throws ArgumentInvalid when it is neither, or does not hold just one stack of ours
 */
export function settingsText(json: string, stackName?: string): string {
  const stacks = Object.entries(parsed(json)).filter(
    ([name, outputs]) => (stackName === undefined || name === stackName) && 'BuildJobDefinition' in outputs,
  );
  const [only] = stacks;
  if (only === undefined || stacks.length > 1) {
    const named = stackName === undefined ? '' : ` named "${stackName}"`;
    throw new TwinhullError('ArgumentInvalid', `the outputs hold ${stacks.length} build stacks${named}`, {
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
    const message = 'the outputs are neither cdk deploy --outputs-file’s nor aws cloudformation describe-stacks’';
    throw new TwinhullError('ArgumentInvalid', message, { cause });
  }
}

/** Values stand unquoted in the settings file: none of ours has blanks or quotes. */
function valueOf(outputs: Outputs, output: string): string {
  const value = outputs[output];
  if (value !== undefined && /^[\w./:@+=-]+$/.test(value)) return value;
  throw new TwinhullError('ArgumentInvalid', `the output ${output} is ${JSON.stringify(value)}`, {
    hint: 'deploy the stack again with this version',
  });
}
