// Drives builds for some passes, as a process of its own that runs the compiled program, and prints as JSON what each
// pass took: node passes.mjs REQUEST. Request and report are typed in bench/measures/reconcile-pass.ts.
import path from 'node:path';

const { program, store: place, endpoint, passes, intervalMilliseconds } = JSON.parse(process.argv[2]);
const { defaultPolicy, loadSettings, openBackend, openStore, Reconciler, systemClock } = await import(
  new URL('../index.js', program)
);

const settings = loadSettings({
  TWINHULL_BACKEND: 'aws',
  TWINHULL_STATE_DIR: 'file' in place ? path.dirname(place.file) : undefined,
  DATABASE_URL: place.url,
  BATCH_REGION: 'us-gov-west-1',
  BUILD_ARM64_QUEUE: 'builds-arm64',
  BUILD_AMD64_QUEUE: 'builds-amd64',
  BUILD_JOB_DEFINITION: 'builder',
});
Object.assign(process.env, {
  AWS_ENDPOINT_URL: endpoint,
  AWS_ACCESS_KEY_ID: 'stand-in',
  AWS_SECRET_ACCESS_KEY: 'stand-in',
});
const store = await openStore(settings);
const backend = await openBackend(settings, systemClock);
const stop = new AbortController();
const marks = [];
const polled = [];
const warnings = [];

/** Takes the time at each pass's first look at the store. */
const marked = new Proxy(store, {
  get(target, key) {
    const value = Reflect.get(target, key, target);
    if (typeof value !== 'function') return value;
    if (key !== 'open') return value.bind(target);
    return (...args) => {
      const { user, system } = process.cpuUsage();
      marks.push({ cpu: (user + system) / 1e6, wall: performance.now() / 1000 });
      if (marks.length > passes) stop.abort();
      return target.open(...args);
    };
  },
});

await new Reconciler({
  store: marked,
  backend,
  clock: systemClock,
  // No job of these builds ends: none is asked for.
  registryFor: () => undefined,
  policy: { ...defaultPolicy, intervalMilliseconds, leaseMilliseconds: 60_000 },
  reporter: { warning: (text) => warnings.push(text) },
  measures: {
    leaseHeld: () => undefined,
    passed: (pass) => polled.push(pass.polled),
    eventsAvailable: () => undefined,
    queueMessage: () => undefined,
    undeleted: () => undefined,
  },
}).run({ signal: stop.signal });
backend.close();
await store.close();

const differences = (values) => values.slice(1).map((value, n) => value - values[n]);
process.stdout.write(
  `${JSON.stringify({
    cpuSeconds: differences(marks.map(({ cpu }) => cpu)),
    wallSeconds: differences(marks.map(({ wall }) => wall)),
    polled: polled.slice(0, passes),
    peakRss: process.resourceUsage().maxRSS * 1024,
    warnings,
  })}\n`,
);
