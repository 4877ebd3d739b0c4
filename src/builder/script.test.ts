import { describe, expect, it } from 'vitest';
import { builderScript, withoutComments } from './script.ts';

describe('builder.sh', () => {
  it('leaves an AWS Batch job definition of 24 KiB room for the rest', async () => {
    const { length } = JSON.stringify(withoutComments(await builderScript()));
    expect(length).toBeLessThan(21_000);
  });

  it('never evaluates a value as code', async () => {
    const script = await builderScript();
    expect(script).not.toMatch(/\b(eval|xtrace)\b|set -\w*x/);
  });
});

describe('withoutComments', () => {
  it('keeps every command and the interpreter lines of programs written out', () => {
    const script = '#!/bin/sh\n# why\n#\nif a; then\n\n  b # c\n  # d\nfi\ncat <<END\n#!/bin/sh\nEND\n';
    expect(withoutComments(script)).toBe('#!/bin/sh\nif a; then\nb # c\nfi\ncat <<END\n#!/bin/sh\nEND\n');
  });
});
