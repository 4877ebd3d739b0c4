import { expect, it } from 'vitest';
import { makeDisplay } from '../render/display.ts';
import { ok, problem, warning } from './check.ts';
import { checksToJson, renderChecks } from './render-checks.ts';

const results = [
  ok('engine', '28.2.2 at unix:///var/run/docker.sock'),
  warning('disk', '4.0 GiB free on /var/lib/docker; 10.0 GiB or more are recommended', 'docker builder prune'),
  { ...problem('registry', 'no answer', 'start it'), code: 'RegistryUnreachable' as const },
];

it('prints a short list with marks and advice', () => {
  expect(renderChecks(results, makeDisplay({ columns: 60 }))).toBe(
    `✓ engine    28.2.2 at unix:///var/run/docker.sock
! disk      4.0 GiB free on /var/lib/docker; 10.0 GiB or
            more are recommended
            → docker builder prune
✗ registry  no answer
            → start it

1 problem, 1 warning
`,
  );
  expect(renderChecks([results[0]!])).toMatch(/\n\nall checks passed\n$/);
});

it('has a JSON form', () => {
  expect(checksToJson(results)).toEqual({
    status: 'problem',
    checks: [
      { name: 'engine', status: 'ok', detail: '28.2.2 at unix:///var/run/docker.sock', advice: null, code: null },
      {
        name: 'disk',
        status: 'warning',
        detail: expect.stringContaining('4.0 GiB'),
        advice: 'docker builder prune',
        code: null,
      },
      { name: 'registry', status: 'problem', detail: 'no answer', advice: 'start it', code: 'RegistryUnreachable' },
    ],
  });
});
