// Runs builds by the library, as `twinhull build` does, each until it reaches its crash point, and then kills itself.
//
// CRASH_TRIALS is a JSON list of { name, environment, point }. A point is a call of a port, named by what the call is
// about and not by how many came before it, with `before` (the call is not made) or `after` (it took effect, but its
// answer is lost): `store.append job.queued linux/arm64 after`. A build that reaches its point makes no further call and
// gets no further answer; when every build has reached its point or ended, the process ends by SIGKILL. So several
// builds share one process, and each is cut off at exactly its point. A build without a point runs to its end.
//
// CRASH_LOG gets a JSON line for each call that a build passed for the first time, and for what became of the build.
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

const { CRASH_LOG: log, CRASH_REPOSITORY: repository } = process.env;
const trials = JSON.parse(process.env.CRASH_TRIALS).map((trial) => ({ ...trial, passed: new Set(), over: false }));
const never = new Promise(() => undefined);

function note(trial, line) {
  appendFileSync(log, `${JSON.stringify({ trial: trial.name, ...line })}\n`);
}

function end(trial, line) {
  trial.over = true;
  note(trial, line);
  if (trials.every(({ over }) => over) && trials.some(({ point }) => point !== undefined))
    process.kill(process.pid, 'SIGKILL');
}

/** Resolves when the build goes on. */
function pass(trial, names, moment) {
  if (trial.over) return never;
  const points = names.map((name) => `${name} ${moment}`);
  for (const passed of points.filter((each) => !trial.passed.has(each))) {
    trial.passed.add(passed);
    note(trial, { passed });
  }
  if (trial.point === undefined || !points.includes(trial.point)) return undefined;
  end(trial, { reached: trial.point });
  return never;
}

/** Every method of a port, with a point before and after it; streams have one after each chunk too. */
function mortal(trial, port, target) {
  return new Proxy(target, {
    get(_, property) {
      const member = Reflect.get(target, property);
      if (typeof member !== 'function' || property === 'watch' || property === 'close')
        return member?.bind?.(target) ?? member;
      return (...args) => {
        const names = namesOf(trial, `${port}.${property}`, args);
        if (property === 'readLog' && port === 'backend') return mortalStream(trial, names, member.apply(target, args));
        return mortalCall(trial, names, () => member.apply(target, args));
      };
    },
  });
}

async function mortalCall(trial, names, call) {
  await pass(trial, names, 'before');
  const result = await call();
  learn(trial, result);
  await pass(trial, names, 'after');
  return result;
}

async function* mortalStream(trial, names, chunks) {
  await pass(trial, names, 'before');
  for await (const chunk of chunks) {
    yield chunk;
    await pass(trial, names, 'after');
  }
}

/** What a call is about; a chunk of a log has a name for each mark that it holds. */
function namesOf(trial, call, args) {
  switch (call) {
    case 'store.append':
      return [`${call} ${args[1].map(({ type, platform }) => [type, platform].filter(Boolean).join(' ')).join(', ')}`];
    case 'store.appendLog': {
      const marks = args[1].filter(({ type }) => type === 'job.phase');
      return [call, ...marks.map(({ phase, status }) => `${call} ${args[0].log.platform} ${phase} ${status}`)];
    }
    case 'store.acquireLease': {
      const isFirst = !trial.hasLease;
      trial.hasLease = true;
      return [isFirst ? call : `${call} again`];
    }
    case 'backend.submit':
      return [`${call} ${args[0].platform}`];
    case 'backend.release':
      return [`${call} ${trial.platforms.get(args[0])}`];
    case 'registry.putManifest':
      return [`${call} by ${args[0].startsWith('sha256:') ? 'digest' : 'tag'}`];
    default:
      return [call];
  }
}

/** Builds that the store returns name the platform of each job. */
function learn(trial, result) {
  trial.platforms ??= new Map();
  for (const build of [result].flat()) {
    for (const { platform, attempts } of Array.isArray(build?.jobs) ? build.jobs : [])
      for (const { backendId } of attempts ?? []) trial.platforms.set(backendId, platform);
  }
}

async function run(trial) {
  const settings = loadSettings({ ...process.env, ...trial.environment });
  const store = mortal(trial, 'store', await openStore(settings));
  const opened = await openDriver(settings, store, silentReporter);
  const registries = new Map();
  const driver = {
    ...opened,
    backend: mortal(trial, 'backend', opened.backend),
    registryFor: (name) => {
      if (!registries.has(name)) registries.set(name, mortal(trial, 'registry', opened.registryFor(name)));
      return registries.get(name);
    },
  };
  const { plan, reference } = await preparePlan({ repository, reference: 'main' }, settings, process.cwd());
  const registry = driver.registryFor(plan.destination.repository);
  await submitBuild({ plan, reference, force: false }, { ...driver, registry });
  await new Reconciler(driver).run({ signal: new AbortController().signal, untilIdle: true });
  await store.close();
  opened.close();
}

for (const trial of trials) {
  run(trial).then(
    () => end(trial, { ended: true }),
    (error) => end(trial, { failed: String(error?.stack ?? error) }),
  );
}
