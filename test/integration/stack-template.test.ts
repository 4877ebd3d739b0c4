import { execa } from 'execa';
import { expect, it } from 'vitest';
import { cdkSynth } from '../../infra/test/cdk-synth.ts';
import { findPythonProgram } from '../../lab/aws/python-programs.ts';
import { labHome, labPaths } from '../../lab/home.ts';

it('the template of the stack passes cfn-lint', async () => {
  const cfnLint = findPythonProgram('cfn-lint', { paths: labPaths(labHome()) });
  if (cfnLint === undefined) throw new Error('there is no cfn-lint on this machine: npm run lab:up -- --aws');
  const stack = await cdkSynth('-c', 'bootstrapped=false', '-c', 'scriptBucket=scripts');
  try {
    const words = ['--regions', 'us-gov-west-1', '--template', stack.file];
    const { stdout, exitCode } = await execa(cfnLint, words, { reject: false });
    expect([stdout, exitCode]).toEqual(['', 0]);
  } finally {
    stack.remove();
  }
});
