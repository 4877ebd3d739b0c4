import { describe, expect, it } from 'vitest';
import { deployCommand, outputsFile } from './deploy-command.ts';

const outputs = ['--outputs-file', outputsFile];

describe('deployCommand', () => {
  it('hands all words to the CDK, and writes the outputs for npm run settings', () => {
    const words = ['--require-approval', 'never', '-c', 'name=acme', '--force'];
    expect(deployCommand(words, {})).toMatchObject({ adopt: false, profile: undefined, words: [...words, ...outputs] });
  });

  it('keeps --adopt to itself', () => {
    expect(deployCommand(['--adopt', '--force'], {})).toMatchObject({ adopt: true, words: ['--force', ...outputs] });
  });

  it.each([[['--outputs-file', 'out.json']], [['--outputs-file=out.json']], [['-O', 'out.json']]])(
    'leaves the file of the outputs in %j',
    (words) => {
      expect(deployCommand(words, {}).words).toEqual(words);
    },
  );

  it.each([
    [['-c', 'name=acme', '-c', 'region=us-east-1']],
    [['-cname=acme', '-c=region=us-east-1']],
    [['--context', 'name=acme', '--context=region=us-east-1']],
  ])('reads the options of the deployment in %j', (words) => {
    const { stackName, region } = deployCommand(words, { name: 'file', region: 'eu-west-1' }).chosen;
    expect([stackName, region]).toEqual(['acme-build-batch', 'us-east-1']);
  });

  it('reads the options in cdk.context.json, and a value that contains =', () => {
    const { chosen } = deployCommand(['-c', 'builderEnvironment={"A":"b=c"}'], { name: 'file' });
    expect(chosen).toMatchObject({ stackName: 'file-build-batch', builderEnvironment: { A: 'b=c' } });
  });

  it('reads the profile of the credentials', () => {
    expect(deployCommand(['--profile', 'gov'], {})).toMatchObject({
      profile: 'gov',
      words: ['--profile', 'gov', ...outputs],
    });
  });

  it.each([
    [['-c', 'colour=red'], 'the context key colour is not valid'],
    [['-c', 'name'], 'the context key name is not valid'],
  ])('refuses %j', (words, message) => {
    expect(() => deployCommand(words, {})).toThrow(message);
  });
});
