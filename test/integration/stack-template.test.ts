import path from 'node:path';
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

it('cdk diff shows what a deployment would change', async () => {
  const deployed = await cdkSynth();
  try {
    const cdk = path.resolve(import.meta.dirname, '../../node_modules/aws-cdk/bin/cdk');
    const words = ['diff', '--template', deployed.file, '--output', path.join(path.dirname(deployed.file), 'next')];
    const diff = async (...options: string[]) => {
      const nowhere = 'http://127.0.0.1:9';
      const env = { HOME: path.dirname(deployed.file), HTTP_PROXY: nowhere, HTTPS_PROXY: nowhere, NO_COLOR: '1' };
      const cwd = path.resolve(import.meta.dirname, '../../infra');
      const { all } = await execa(process.execPath, [cdk, ...words, ...options], { cwd, env, all: true });
      return all;
    };
    expect(await diff()).toContain('There were no differences');
    const changed = await diff('-c', 'maxVcpus=64', '-c', 'repository=other');
    expect(changed).toMatch(/\[~\] AWS::Batch::ComputeEnvironment/);
    expect(changed).toMatch(/\[~\] AWS::ECR::Repository .* replace/);
  } finally {
    deployed.remove();
  }
});
