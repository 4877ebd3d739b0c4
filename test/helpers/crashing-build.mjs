// Runs one build by the library, as `twinhull build` does, and kills itself at a chosen point.
//
// Every call of a port is a point: `store.append#3` is the third call of the store's `append`. CRASH_AT names one, with
// `before` (the call is not made) or `after` (it took effect, but its answer is lost); without it the program ends
// normally. The points that were passed are written to CRASH_LOG, one a line.
import { appendFileSync } from 'node:fs';
import {
  loadSettings,
  openDriver,
  openStore,
  preparePlan,
  Reconciler,
  silentReporter,
  submitBuild,
} from '../../dist/index.js';

const { CRASH_AT: crashAt, CRASH_LOG: log, CRASH_REFERENCE: reference, CRASH_REPOSITORY: repository } = process.env;
const counts = new Map();

/** @param {string} call @param {'before' | 'after'} moment */
function pass(call, moment) {
  if (log !== undefined) appendFileSync(log, `${call} ${moment}\n`);
  if (crashAt === `${call} ${moment}`) process.kill(process.pid, 'SIGKILL');
}

/** Every method of a port, with a point before and after it; streams have one after each chunk too. */
function mortal(name, port) {
  return new Proxy(port, {
    get(target, property) {
      const member = Reflect.get(target, property);
      if (typeof member !== 'function' || property === 'watch' || property === 'close')
        return member?.bind?.(target) ?? member;
      return (...args) => {
        const method = `${name}.${String(property)}`;
        counts.set(method, (counts.get(method) ?? 0) + 1);
        const call = `${method}#${counts.get(method)}`;
        pass(call, 'before');
        const result = member.apply(target, args);
        if (typeof result?.[Symbol.asyncIterator] === 'function') return mortalStream(call, result);
        return Promise.resolve(result).then((value) => {
          pass(call, 'after');
          return value;
        });
      };
    },
  });
}

async function* mortalStream(call, chunks) {
  for await (const chunk of chunks) {
    yield chunk;
    pass(call, 'after');
  }
}

const settings = loadSettings();
const store = mortal('store', await openStore(settings));
const opened = await openDriver(settings, store, silentReporter);
const registries = new Map();
const driver = {
  ...opened,
  backend: mortal('backend', opened.backend),
  registryFor: (name) => {
    if (!registries.has(name)) registries.set(name, mortal('registry', opened.registryFor(name)));
    return registries.get(name);
  },
};
const { plan, reference: named } = await preparePlan({ repository, reference }, settings, process.cwd());
const registry = driver.registryFor(plan.destination.repository);
await submitBuild({ plan, reference: named, force: false }, { ...driver, registry });
await new Reconciler(driver).run({ signal: new AbortController().signal, untilIdle: true });
await store.close();
opened.close();
