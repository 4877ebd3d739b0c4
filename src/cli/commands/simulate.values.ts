import { InvalidArgumentError } from 'commander';
import { evenDay, officeDay } from '../../capacity/arrivals.ts';
import { parseDuration } from '../../domain/duration.ts';
import { type Phase, phases } from '../../domain/phase.ts';

/** A value for each platform, by its suffix. */
export interface ByPlatform<V> {
  readonly arm64: V;
  readonly amd64: V;
}

/** Of a job that builds for six minutes: an assumption, to be replaced by durations of your own builds. */
export const defaultPhases = 'tools=2s,secret=1s,clone=5s,login=1s,build=6m,verify=5s,push=20s';

/** Parses one value for both platforms, or `arm64=...,amd64=...`. */
export function byPlatform<V>(parse: (text: string) => V): (text: string) => ByPlatform<V> {
  return (text) => {
    if (!text.includes('=')) return { arm64: parse(text), amd64: parse(text) };
    const values = named(text);
    const [arm64, amd64] = [values.get('arm64'), values.get('amd64')];
    if (arm64 === undefined || amd64 === undefined || values.size !== 2)
      throw new InvalidArgumentError('It must be one value, or arm64=VALUE,amd64=VALUE.');
    return { arm64: parse(arm64), amd64: parse(amd64) };
  };
}

/** Parses a duration such as `90s` or `1h30m` to seconds. */
export function durationSeconds(text: string): number {
  const seconds = parseDuration(text);
  if (seconds !== undefined && text !== '' && seconds <= 86_400) return seconds;
  throw new InvalidArgumentError('It must be a duration of at most a day, such as 45s, 6m or 1h30m.');
}

/** Parses a number from `least` to `most`. */
export function numberIn(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== '' && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`It must be a number from ${least} to ${most}.`);
  };
}

/** Parses `clone=5s,build=6m` to the seconds of each phase. */
export function phaseSeconds(text: string): Readonly<Partial<Record<Phase, number>>> {
  const values = named(text);
  for (const name of values.keys())
    if (!phases.some((phase) => phase === name))
      throw new InvalidArgumentError(`There is no phase "${name}". Phases are: ${phases.join(', ')}.`);
  return Object.fromEntries([...values].map(([name, duration]) => [name, durationSeconds(duration)]));
}

/** Parses `even`, `office`, or 24 weights from midnight on. */
export function dayProfile(text: string): readonly number[] {
  if (text === 'even') return evenDay;
  if (text === 'office') return officeDay;
  const weights = text.split(',').map((weight) => (weight.trim() === '' ? Number.NaN : Number(weight)));
  const valid = weights.length === 24 && weights.every((weight) => weight >= 0 && weight <= 1e6);
  if (valid && weights.some((weight) => weight > 0)) return weights;
  throw new InvalidArgumentError('It must be even, office, or 24 weights from midnight on, such as 0,0,1,...,3.');
}

/** `a=1,b=2` as a map. */
function named(text: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const part of text.split(',')) {
    const [, name, value] = /^\s*([a-z0-9]+)=(\S+)\s*$/.exec(part) ?? [];
    if (name === undefined || value === undefined) throw new InvalidArgumentError(`"${part}" must be NAME=VALUE.`);
    if (values.has(name)) throw new InvalidArgumentError(`It names ${name} twice.`);
    values.set(name, value);
  }
  return values;
}
