import { expect, it } from 'vitest';
import { bootstrapCommand } from '../../src/builder/bootstrap.ts';
import { contractVersion } from '../../src/builder/contract.ts';
import { builderScript, scriptDigest } from '../../src/builder/script.ts';
import { checkDefinitionLength } from './job-definition-limits.ts';

const place = {
  s3Url: 's3://cdk-hnb659fds-assets-123456789012-us-gov-west-1/0123456789abcdef.sh',
  region: 'us-gov-west-1',
};

it('leaves room in the bootstrap for an environment', async () => {
  const command = bootstrapCommand({
    place,
    sha256: scriptDigest(await builderScript()),
    contract: contractVersion,
  });
  expect(JSON.stringify(command).length).toBeLessThan(1000);
  expect(() => checkDefinitionLength(command, [{ name: 'HTTPS_PROXY', value: 'http://proxy:3128' }])).not.toThrow();
});

it('refuses the whole script as the command', async () => {
  const command = ['sh', '-c', await builderScript()];
  expect(() => checkDefinitionLength(command, [])).toThrow(/\d{5} characters with the command/);
});

it('refuses one character over the budget', () => {
  const room = 2048 - JSON.stringify({ command: ['sh'], environment: [{ name: 'A', value: '' }] }).length;
  expect(() => checkDefinitionLength(['sh'], [{ name: 'A', value: 'x'.repeat(room) }])).not.toThrow();
  expect(() => checkDefinitionLength(['sh'], [{ name: 'A', value: 'x'.repeat(room + 1) }])).toThrow('2049 characters');
});
