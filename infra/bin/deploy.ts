// `cdk deploy` for a stack that does not exist yet or is ours: `npm run deploy -- [--adopt] [OPTION OF cdk deploy...]`.
import { execa } from 'execa';
import { describeStack } from '../../src/adapters/aws/inspect/inspect-stack.ts';
import { TwinhullError } from '../../src/domain/errors/twinhull-error.ts';
import { readContextFile } from '../../src/settings/context-file.ts';
import { deployCommand } from '../src/deploy-command.ts';
import { refuseForeignStack } from '../src/foreign-stack.ts';

process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';

try {
  const { chosen, adopt, profile, words } = deployCommand(process.argv.slice(2), readContextFile(process.cwd()));
  if (profile !== undefined) process.env['AWS_PROFILE'] = profile;
  if (!adopt) refuseForeignStack(chosen, await describeStack(chosen, chosen.stackName));
  // A terminal sends Ctrl-C to both: the CDK ends first, and its exit code is ours.
  process.on('SIGINT', () => undefined);
  const options = { preferLocal: true, stdio: 'inherit', reject: false } as const;
  const { exitCode = 1 } = await execa('cdk', ['deploy', ...words], options);
  process.exitCode = exitCode;
} catch (error) {
  if (!TwinhullError.is(error)) throw error;
  process.stderr.write(`${error.message}\n  ${error.hint}\n`);
  process.exitCode = 2;
}
