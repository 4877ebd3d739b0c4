import { z } from 'zod';
import { TwinhullError } from '../../src/errors/twinhull-error.ts';
import { settingOfOutput } from './outputs.ts';

/** What `cdk deploy --outputs-file` writes: outputs by stack. */
const outputsFile = z.record(z.string(), z.record(z.string(), z.string()));

/**
 * A settings file for Twinhull from the outputs of a deployed stack. Outputs that are no settings follow as comments.
 *
 * @param json text of the file that `cdk deploy --outputs-file` wrote
 * @param stackName which of its stacks, where there are several
 * @throws ArgumentInvalid when it is no such file, or holds no stack of ours
 */
export function settingsText(json: string, stackName?: string): string {
  const stacks = Object.entries(parsed(json)).filter(
    ([name, outputs]) => (stackName === undefined || name === stackName) && 'BuildJobDefinition' in outputs,
  );
  const [only] = stacks;
  if (only === undefined || stacks.length > 1) {
    throw new TwinhullError(
      'ArgumentInvalid',
      `the outputs file holds ${stacks.length} build stacks${stackName === undefined ? '' : ` named "${stackName}"`}`,
      { hint: 'deploy with --outputs-file, and name the stack where there are several' },
    );
  }
  const [name, outputs] = only;
  const settings = Object.entries(settingOfOutput).map(
    ([output, setting]) => `${setting}=${required(outputs, output)}`,
  );
  const others = Object.entries(outputs).filter(([output]) => !(output in settingOfOutput));
  return [`# of the stack ${name}`, ...settings, ...others.map(([output, value]) => `# ${output}: ${value}`), ''].join(
    '\n',
  );
}

function parsed(json: string): z.infer<typeof outputsFile> {
  try {
    return outputsFile.parse(JSON.parse(json));
  } catch (error) {
    throw new TwinhullError('ArgumentInvalid', 'the outputs file is not what cdk deploy --outputs-file writes', {
      cause: error,
    });
  }
}

/** Values stand unquoted in the settings file: none of ours has blanks or quotes. */
function required(outputs: Readonly<Record<string, string>>, output: string): string {
  const value = outputs[output];
  if (value !== undefined && /^[\w./:@+=-]+$/.test(value)) return value;
  throw new TwinhullError('ArgumentInvalid', `the output ${output} is ${JSON.stringify(value)}`, {
    hint: 'deploy the stack again with this version',
  });
}
