import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { createParser, type Run } from '../table/parser.ts';
import { runs } from '../table/runs.ts';
import { commandTable, globalOptions } from '../table/table.ts';

/** The output of a call, or what the parser wrote about a wrong one. */
async function simulate(...words: readonly string[]): Promise<string> {
  let refused = '';
  const write = (line: string): void => {
    refused += line;
  };
  let run: Run | undefined;
  const choose = (chosen: Run): void => {
    run = chosen;
  };
  const output = { writeErr: write };
  const program = createParser({ commands: commandTable, globalOptions, runs, version: '1', output, choose });
  await program.parseAsync(['simulate', ...words], { from: 'user' }).catch(() => undefined);
  if (run === undefined) return refused;
  const stdout = new PassThrough();
  const printed = text(stdout);
  expect(await run({ cwd: '/', stdout: Object.assign(stdout, { columns: 120 }), stderr: new PassThrough() })).toBe(0);
  stdout.end();
  return printed;
}

describe('twinhull simulate', () => {
  it('prints times, hosts, cost and what limits the builds', async () => {
    const output = await simulate('--builds-per-day', '50', '--price-per-hour', '0.2', '--days', '30');
    expect(output).toMatch(/^50 builds a day, 30 days, seed 1\n/);
    expect(output).toMatch(/waiting +\S+ +\S+ +2m00s\n/);
    expect(output).toMatch(/linux\/arm64 +6% +4 /);
    expect(output).toMatch(/cost per build, hosts only: 0\.0\d+\n/);
    expect(output).toMatch(/jobs wait mostly for hosts to start/);
    expect(output).toContain('EC2 on-demand standard instances: 32 vCPUs, default quota 5\n');
  });

  it('prints one JSON document with --json', async () => {
    const words = ['--builds-per-day', '300', '--max-vcpus', 'arm64=16,amd64=8', '--vcpus-per-job', '4', '--json'];
    const document = JSON.parse(await simulate(...words, '--run-times', 'exponential')) as Record<string, unknown>;
    expect(document).toMatchObject({
      ...{ buildsPerDay: 300, days: 67, seed: 1, overloaded: false, bottleneck: 'max-vcpus', costPerBuild: null },
      ...{ waitingSeconds: { mean: expect.any(Number) }, buildSeconds: { p90: expect.any(Number) } },
    });
    expect(document['queues']).toMatchObject([
      { platform: 'linux/arm64', hosts: { allowed: 4 } },
      { platform: 'linux/amd64', hosts: { allowed: 2 } },
    ]);
    expect(document['quotas']).toContainEqual({
      ...{ name: 'ECR images in a repository', defaultQuota: 100_000, unit: 'images', adjustable: true },
      ...{ use: 27_000, source: expect.stringMatching(/^https:\/\/docs\.aws\.amazon\.com\//) },
    });
  });

  it('names the vCPUs that would be enough for a queue that grows without end', async () => {
    const output = await simulate('--builds-per-day', '1000', '--max-vcpus', 'arm64=64,amd64=16');
    expect(output).toContain('linux/amd64: its jobs need 4.6 hosts on average, and 16 vCPUs allow 4');
    expect(output).toContain('--max-vcpus amd64=24');
    expect(output).not.toContain('linux/arm64');
  });

  it('runs six minutes or less by phase, as given', async () => {
    const seconds = async (...words: readonly string[]): Promise<unknown> => {
      const always = ['--builds-per-day', '10', '--min-vcpus', '16', '--json'];
      const { buildSeconds } = JSON.parse(await simulate(...always, ...words)) as { buildSeconds: { median: number } };
      return buildSeconds.median;
    };
    expect(await seconds()).toBe(394);
    expect(await seconds('--phases', 'clone=5s,build=1m30s')).toBe(95);
    expect(await seconds('--cache-hit-rate', '1')).toBe(94);
    expect(await seconds('--cache-hit-rate', '1', '--cached-build', '10s')).toBe(44);
  });

  it.each([
    [[], /required option '--builds-per-day <number>'/],
    [['--builds-per-day', '0'], /whole number from 1 to 1000000/],
    [['--phases', 'compile=3s'], /There is no phase "compile"\. Phases are: tools, /],
    [['--phases', 'build=3s,build=4s'], /It names build twice/],
    [['--phases', 'build'], /"build" must be NAME=VALUE/],
    [['--max-vcpus', 'arm64=8'], /one value, or arm64=VALUE,amd64=VALUE/],
    [['--max-vcpus', 'arm64=8,amd64=8,riscv=8'], /one value, or arm64=VALUE,amd64=VALUE/],
    [['--max-vcpus', 'arm64=8,amd64=many'], /whole number from 0 to 1000000/],
    [['--host-start', '2'], /duration of at most a day/],
    [['--host-start', '2d'], /duration of at most a day/],
    [['--cache-hit-rate', '1.01'], /number from 0 to 1/],
    [['--price-per-hour', '-1'], /number from 0 to 1000/],
    [['--profile', '1,2,3'], /even, office, or 24 weights/],
    [['--profile', '0,'.repeat(23) + '0'], /even, office, or 24 weights/],
    [['--run-times', 'normal'], /Allowed choices are fixed, exponential/],
    [
      ['--measured', 'model', '--phases', 'build=3s'],
      /'--measured <recipe>' cannot be used with option '--phases <phases>'/,
    ],
    [['--seed', '4294967296'], /whole number from 0 to 4294967295/],
  ])('refuses %j', async (words, message) => {
    const builds = words.length === 0 || words[0] === '--builds-per-day' ? [] : ['--builds-per-day', '10'];
    expect(await simulate(...builds, ...words)).toMatch(message);
  });

  it.each(['even', 'office', '0,'.repeat(23) + '1'])('accepts the profile %s', async (profile) => {
    expect(await simulate('--builds-per-day', '10', '--days', '5', '--profile', profile)).toContain('10 builds a day');
  });
});
