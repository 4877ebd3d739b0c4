import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { freshWorld, submit } from '../../../test/helpers/driver-world.ts';
import type { JobScript } from '../../../test/helpers/fake-job.ts';
import { FakeJobBackend } from '../../../test/helpers/fake-job-backend.ts';
import { FakeRegistry } from '../../../test/helpers/fake-registry.ts';
import { arm64 } from '../../../test/helpers/sample-builds.ts';
import { VirtualClock } from '../../../test/helpers/virtual-clock.ts';
import { TwinhullError } from '../../domain/errors/twinhull-error.ts';
import { Reconciler } from '../../pipeline/drive/reconciler.ts';
import type { JobRequest } from '../../ports/job-backend.ts';
import { driverMeters, requestMeter } from './driver-meters.ts';
import { measuredBackend } from './measured-backend.ts';
import { measuredStore } from './measured-store.ts';
import { Meters } from './meters.ts';
import { metricCatalogue } from './metric-catalogue.ts';

/** Nonzero samples by name and labels. */
async function samples(meters: Meters): Promise<Readonly<Record<string, number>>> {
  const lines = (await meters.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const entries = lines.map((line): [string, number] => {
    const at = line.lastIndexOf(' ');
    return [line.slice(0, at), Number(line.slice(at + 1))];
  });
  return Object.fromEntries(entries.filter(([, value]) => value !== 0));
}

describe('metrics', () => {
  it('follow the naming conventions: base units last, counters `_total`', () => {
    for (const [name, { type, help }] of Object.entries(metricCatalogue)) {
      expect(name).toMatch(/^twinhull_[a-z]+(_[a-z]+)*$/);
      expect(name.endsWith('_total'), name).toBe(type === 'counter');
      if (type === 'histogram') expect(name).toMatch(/_seconds$/);
      expect(help).toMatch(/^[A-Z0-9].*[^.]$/);
    }
  });

  it('of the example alert rules all exist', () => {
    const rules = readFileSync(new URL('../../../examples/prometheus/twinhull.rules.yaml', import.meta.url), 'utf8');
    const named = new Set(rules.match(/\btwinhull_[a-z_]+\b/g));
    expect(named.size).toBeGreaterThan(3);
    for (const name of named) expect(Object.keys(metricCatalogue)).toContain(name);
  });
});

describe('a driven build', () => {
  it('records its durations once each, and those of the driver', async () => {
    const world = await freshWorld();
    const meters = new Meters();
    const { clock } = world;
    const store = measuredStore(world.store, meters);
    const backend = measuredBackend(world.backend, meters, clock);
    const measured = { ...world, store, backend };
    const { id } = await submit({ ...world, store });
    await new Reconciler({
      ...measured,
      registryFor: () => world.registry,
      reporter: { warning: (text) => world.warnings.push(text) },
      measures: driverMeters(meters, clock),
    }).run({ signal: new AbortController().signal, untilIdle: true });
    const build = await world.store.load(id);
    expect(build?.state).toBe('published');
    const [arm64] = build?.jobs ?? [];
    const attempt = arm64?.attempts[0];
    const values = await samples(meters);
    const queued = ((attempt?.startedAt ?? 0) - (attempt?.intendedAt ?? 0)) / 1000;
    const ran = ((attempt?.finishedAt ?? 0) - (attempt?.startedAt ?? 0)) / 1000;
    expect(values).toMatchObject({
      'twinhull_builds_ended_total{state="published"}': 1,
      'twinhull_build_duration_seconds_count{state="published"}': 1,
      'twinhull_job_queue_seconds_count{platform="linux/arm64"}': 1,
      'twinhull_job_run_seconds_count{platform="linux/arm64",outcome="succeeded"}': 1,
      'twinhull_job_run_seconds_sum{platform="linux/arm64",outcome="succeeded"}': ran,
      'twinhull_job_phase_seconds_count{platform="linux/arm64",phase="build",outcome="succeeded"}': 1,
      'twinhull_backend_calls_total{backend="fake",operation="submit",outcome="succeeded"}': 2,
      'twinhull_backend_call_duration_seconds_count{backend="fake",operation="submit"}': 2,
      'twinhull_backend_calls_total{backend="fake",operation="readLog",outcome="succeeded"}': expect.any(Number),
    });
    expect(values['twinhull_job_queue_seconds_sum{platform="linux/arm64"}'] ?? 0).toBe(queued);
    expect(values['twinhull_reconcile_pass_duration_seconds_count']).toBeGreaterThan(2);
    expect(values['twinhull_reconcile_looked_builds_total']).toBeGreaterThan(0);
    expect(values['twinhull_reconcile_last_pass_timestamp_seconds']).toBeGreaterThan(0);
    // The lease was released.
    expect(values['twinhull_lease_held']).toBeUndefined();
    expect(world.warnings).toEqual([]);
  });

  it('records its failures by code, and whether another attempt followed', async () => {
    const lostOnce = ({ platform, attempt }: JobRequest): Partial<JobScript> =>
      platform === arm64 && attempt === 1 ? { end: 'host-lost' } : {};
    const world = await freshWorld({ backend: { script: lostOnce } });
    const meters = new Meters();
    const store = measuredStore(world.store, meters);
    const { id } = await submit({ ...world, store });
    await new Reconciler({
      ...{ ...world, store, registryFor: () => world.registry },
      reporter: { warning: (text) => world.warnings.push(text) },
    }).run({ signal: new AbortController().signal, untilIdle: true });
    expect((await world.store.load(id))?.state).toBe('published');
    expect(await samples(meters)).toMatchObject({
      'twinhull_job_failures_total{platform="linux/arm64",code="JobLost",retried="yes"}': 1,
      'twinhull_job_run_seconds_count{platform="linux/arm64",outcome="failed"}': 1,
      'twinhull_job_run_seconds_count{platform="linux/arm64",outcome="succeeded"}': 1,
      'twinhull_builds_ended_total{state="published"}': 1,
    });
  });
});

describe('failed calls', () => {
  it('are counted by their code, and rethrown unchanged', async () => {
    const clock = new VirtualClock();
    const meters = new Meters();
    const fake = new FakeJobBackend({ clock, registry: new FakeRegistry(), fault: () => 'lost-before' });
    const backend = measuredBackend(fake, meters, clock);
    await expect(backend.describe(['a'])).rejects.toMatchObject({ code: expect.any(String) });
    const drained = async (): Promise<void> => {
      for await (const { text } of backend.readLog('a', { follow: false })) expect(text).toBe('');
    };
    await expect(drained()).rejects.toThrow();
    const values = Object.keys(await samples(meters)).filter((name) => name.startsWith('twinhull_backend_calls_total'));
    expect(values).toHaveLength(2);
    for (const name of values) expect(name).not.toContain('succeeded');
  });

  it('of the store are counted only if it could not be read or written', async () => {
    const world = await freshWorld();
    const meters = new Meters();
    const { id } = await submit(world);
    const build = await world.store.load(id);
    if (build === undefined) throw new Error('no build');
    const store = measuredStore(world.store, meters);
    await expect(
      store.append({ ...build, version: 99 }, [{ type: 'build.cancel-requested' }], 0),
    ).rejects.toMatchObject({
      code: 'BuildConflict',
    });
    expect(await samples(meters)).toEqual({});
    await world.store.close();
    await expect(store.load(id)).rejects.toBeInstanceOf(TwinhullError);
    expect(await samples(meters)).toEqual({
      'twinhull_store_errors_total{operation="load",code="StoreUnavailable"}': 1,
    });
  });

  it('to AWS are counted per request', async () => {
    const meters = new Meters();
    const record = requestMeter(meters);
    record({ service: 'batch', operation: 'DescribeJobs', outcome: 'throttled', seconds: 0.1 });
    record({ service: 'batch', operation: 'DescribeJobs', outcome: 'succeeded', seconds: 0.3 });
    expect(await samples(meters)).toMatchObject({
      'twinhull_backend_requests_total{service="batch",operation="DescribeJobs",outcome="throttled"}': 1,
      'twinhull_backend_requests_total{service="batch",operation="DescribeJobs",outcome="succeeded"}': 1,
      'twinhull_backend_request_duration_seconds_count{service="batch",operation="DescribeJobs"}': 2,
    });
  });
});
