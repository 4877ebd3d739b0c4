import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { TwinhullError } from '../../domain/errors/twinhull-error.ts';
import { makeDisplay } from './display.ts';
import { renderError } from './error.ts';
import { recordUnknownError } from './error-log.ts';

it('shows the failure, the hint and the code', () => {
  const error = new TwinhullError(
    'RecipeInvalid',
    'twinhull.yaml:7:3: "linux/riscv64" is no platform\ntwinhull.yaml:9:1: no image "base"',
    {
      hint: 'correct both lines, then look at what comes of it with `twinhull plan`, which runs nothing at all',
    },
  );
  expect(renderError(error, makeDisplay({ columns: 60 }))).toBe(
    `error: twinhull.yaml:7:3: "linux/riscv64" is no platform
  twinhull.yaml:9:1: no image "base"
  → correct both lines, then look at what comes of it with
    \`twinhull plan\`, which runs nothing at all
  [RecipeInvalid]
`,
  );
});

it('names the platform concerned', () => {
  const error = new TwinhullError('EngineUnreachable', 'no engine at unix:///x', { platform: 'linux/arm64' });
  expect(renderError(error)).toContain('error: no engine at unix:///x (linux/arm64)\n');
});

it('shows only an id for an unknown error, and where the details are', () => {
  const text = renderError(new TypeError('secret-value is not a function'), undefined, {
    id: '0123abcd',
    detailsIn: '/state/errors.log',
  });
  expect(text).toBe(
    `error: unexpected error (error id 0123abcd)
  → report this id with the details in /state/errors.log
`,
  );
  expect(renderError('just a text')).toMatch(/^error: unexpected error \(error id [0-9a-f]{8}\)\n/);
});

it('records an unknown error in full, readable by this user only', () => {
  const folder = mkdtempSync(join(tmpdir(), 'twinhull-errors-'));
  try {
    const { id, detailsIn } = recordUnknownError(new TypeError('boom', { cause: 'the cause' }), join(folder, 'state'));
    const text = readFileSync(detailsIn ?? '', 'utf8');
    expect(text).toContain(`${id} TypeError: boom\n    at `);
    expect(text).toContain("[cause]: 'the cause'");
    expect(recordUnknownError('x', '/dev/null/no-folder')).toEqual({ id: expect.stringMatching(/^[0-9a-f]{8}$/) });
  } finally {
    rmSync(folder, { recursive: true });
  }
});
