import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { builderScript, withoutComments } from '../../src/builder/script.ts';
import { cdkSynth, type SynthesizedStack } from '../test/cdk-synth.ts';

let stack: SynthesizedStack;
beforeAll(async () => {
  stack = await cdkSynth('-c', 'bootstrapped=false');
}, 120_000);
afterAll(() => stack.remove());

describe('the template of smsvpctest-build-batch', () => {
  it('is what was last looked at, but for the builder script', async () => {
    const script = JSON.stringify(withoutComments(await builderScript()));
    expect(stack.text).toContain(script);
    const text = stringify(JSON.parse(stack.text.replace(script, '"text of builder.sh"')), { lineWidth: 120 });
    expect(text.split('\n').length).toBeLessThan(2000);
    await expect(text).toMatchFileSnapshot('../test/smsvpctest-build-batch.template.yaml');
  });

  it('fits into one request to CloudFormation, so that it can be deployed with nothing made before', () => {
    expect(Buffer.byteLength(stack.text)).toBeLessThanOrEqual(51_200);
    expect(stack.text).not.toContain('cdk-hnb659fds');
  });

  it('names no partition', () => {
    expect(stack.text).not.toMatch(/arn:aws[a-z-]*:/);
  });

  it('makes no secret: a token must never pass through a template', () => {
    expect(stack.text).not.toContain('AWS::SecretsManager::Secret');
  });
});
