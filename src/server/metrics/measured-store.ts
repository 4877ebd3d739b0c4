import { TwinhullError } from '../../domain/errors/twinhull-error.ts';
import type { BuildStore } from '../../ports/build-store.ts';
import { measureEvents } from './build-times.ts';
import type { Meters } from './meters.ts';

/** Wraps a store to count its failures and to measure builds from the events it records. */
export function measuredStore(store: BuildStore, meters: Meters): BuildStore {
  const append: BuildStore['append'] = async (build, events, ...rest) => {
    const after = await store.append(build, events, ...rest);
    measureEvents(after, events, meters);
    return after;
  };
  const create: BuildStore['create'] = async (...args) => {
    const result = await store.create(...args);
    for (const { build, event } of result.displaced) measureEvents(build, [event], meters);
    return result;
  };
  const measured: Partial<BuildStore> = { append, create };
  return new Proxy(store, {
    get: (target, key): unknown => {
      const value: unknown = Reflect.get(measured, key) ?? Reflect.get(target, key, target);
      if (typeof value !== 'function') return value;
      return (...args: readonly unknown[]) => counted(String(key), value.apply(target, args) as Promise<unknown>);
    },
  });

  async function counted(operation: string, answer: Promise<unknown>): Promise<unknown> {
    try {
      return await answer;
    } catch (error) {
      const code = TwinhullError.is(error) ? error.code : 'InternalError';
      if (code === 'StoreUnavailable' || code === 'InternalError')
        meters.count('twinhull_store_errors_total', { operation, code });
      throw error;
    }
  }
}
