import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { builderScript, scriptDigest } from '../../src/builder/script.ts';
import { cdkSynth, type SynthesizedStack } from '../test/cdk-synth.ts';

let stack: SynthesizedStack;
beforeAll(async () => {
  stack = await cdkSynth('-c', 'bootstrapped=false', '-c', 'scriptBucket=scripts');
}, 120_000);
afterAll(() => stack.remove());

describe('the template of smsvpctest-build-batch', () => {
  it('matches the reviewed snapshot, except for the digest of the builder script', async () => {
    const digest = scriptDigest(await builderScript());
    expect(stack.text).toContain(digest);
    const text = stringify(JSON.parse(stack.text.replaceAll(digest, 'SHA-256-of-builder.sh')), { lineWidth: 120 });
    expect(text.split('\n').length).toBeLessThan(2000);
    await expect(text).toMatchFileSnapshot('../test/smsvpctest-build-batch.template.yaml');
  });

  it('fits into one CloudFormation request, so that it deploys without prerequisites', () => {
    expect(Buffer.byteLength(stack.text)).toBeLessThanOrEqual(51_200);
    expect(stack.text).not.toContain('cdk-hnb659fds');
  });

  it('names no partition', () => {
    expect(stack.text).not.toMatch(/arn:aws[a-z-]*:/);
  });

  it('creates no secret: a token must never pass through a template', () => {
    expect(stack.text).not.toContain('AWS::SecretsManager::Secret');
  });
});
