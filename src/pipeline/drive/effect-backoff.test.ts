import { expect, it } from 'vitest';
import { sampleBuild, samplePlan } from '../../../test/helpers/sample-builds.ts';
import { TwinhullError } from '../../domain/errors/twinhull-error.ts';
import { EffectBackoff } from './effect-backoff.ts';

const build = sampleBuild(samplePlan());
const error = new TwinhullError('RegistryUnreachable', 'no answer');

/** How long each of the first `times` failures holds the effect back, in seconds. */
function pauses(backoff: EffectBackoff, times: number): readonly number[] {
  return Array.from({ length: times }, () => {
    backoff.failed(build, 'publish', error, 0);
    return (backoff.heldUntil(build.id).get('publish') ?? 0) / 1_000;
  });
}

it('holds an effect back longer with each failure, up to a bound, until it succeeds', () => {
  const backoff = new EffectBackoff(1_000, () => 1);
  expect(pauses(backoff, 8)).toEqual([1, 2, 4, 8, 16, 30, 30, 30]);
  expect(backoff.heldUntil('another').size).toBe(0);
  backoff.succeeded(build.id, 'publish');
  expect(backoff.heldUntil(build.id).size).toBe(0);
  expect(pauses(backoff, 2)).toEqual([1, 2]);
  expect(pauses(new EffectBackoff(60_000, () => 1), 2)).toEqual([60, 60]);
});

it('releases held effects when the build was changed, and still counts their failures', () => {
  const backoff = new EffectBackoff(1_000, () => 1);
  pauses(backoff, 3);
  backoff.release(build.id);
  expect(backoff.heldUntil(build.id).get('publish')).toBe(0);
  expect(pauses(backoff, 1)).toEqual([8]);
});

it('asks for one warning per trouble and state of the build', () => {
  const backoff = new EffectBackoff(1_000);
  const failed = (change = {}, problem: unknown = error, effect = 'publish'): boolean =>
    backoff.failed({ ...build, ...change }, effect, problem, 0);
  expect([failed(), failed(), failed({ version: 9 })]).toEqual([true, false, false]);
  expect(failed({}, new TwinhullError('RegistryUnreachable', 'no answer on port 7'))).toBe(false);
  expect(failed({}, new TwinhullError('RegistryRefused', 'no'))).toBe(true);
  expect(failed({}, new TwinhullError('RegistryRefused', 'no'), 'read-back')).toBe(true);
  expect(failed({ state: 'publishing' })).toBe(true);
  backoff.keep(new Map());
  expect(failed({ state: 'publishing' })).toBe(true);
});
