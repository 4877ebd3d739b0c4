import { describe, expect, it } from 'vitest';
import { builderScript, withoutComments } from '../../src/builder/script.ts';
import { builderCommand, checkJobDefinitionSize, jobDefinitionLimit } from './builder-command.ts';

describe('builderCommand', () => {
  it('takes builder.sh: it holds nothing that Batch would replace', async () => {
    const script = withoutComments(await builderScript());
    expect(builderCommand(script)).toEqual(['sh', '-c', script]);
  });

  it('refuses a script that Batch would change', () => {
    expect(() => builderCommand('echo Ref::name')).toThrow('"Ref::name"');
  });

  it('refuses an empty script', () => {
    expect(() => builderCommand(' \n')).toThrow('the prop job.builderScript is " \\n"');
  });
});

describe('checkJobDefinitionSize', () => {
  const ofBytes = (size: number) => 'a'.repeat(size - 2);

  it('takes what Batch takes, with room for names that are not known yet', () => {
    expect(() => checkJobDefinitionSize(ofBytes(jobDefinitionLimit - 512))).not.toThrow();
  });

  it('refuses more, and says by how much', () => {
    expect(() => checkJobDefinitionSize(ofBytes(jobDefinitionLimit - 511))).toThrow('24577 bytes');
    expect(() => checkJobDefinitionSize('é'.repeat(jobDefinitionLimit / 2))).toThrow('bytes');
  });
});
