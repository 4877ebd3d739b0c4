import { expect } from 'vitest';
import type { ErrorCode } from '../../src/domain/errors/catalogue.ts';
import type { Ran } from './e2e-bed.ts';

/** A refused command: the right exit code, nothing on stdout, and one actionable error. */
export function expectRefusal(ran: Ran, exitCode: 2 | 3, code: ErrorCode, contains: string | RegExp): void {
  expect(ran.exitCode, ran.stderr).toBe(exitCode);
  expect(ran.stdout).toBe('');
  expect(ran.stderr).toMatch(/^error: \S/);
  expect(ran.stderr.match(/^error: /gm)).toHaveLength(1);
  expect(ran.stderr).toMatch(new RegExp(`^ {2}\\[${code}\\]$`, 'm'));
  expect(ran.stderr).toMatch(/^ {2}(?:->|→) \S/m);
  const text = ran.stderr.replace(/\s+/g, ' ');
  if (typeof contains === 'string') expect(text).toContain(contains);
  else expect(text).toMatch(contains);
  expectNoStackTrace(ran);
}

export function expectNoStackTrace({ stdout, stderr }: Ran): void {
  expect(stdout + stderr).not.toMatch(/^\s+at .*(?:\.[jt]s|node:)/m);
  expect(stdout + stderr).not.toContain('node:internal');
}
