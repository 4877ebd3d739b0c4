// Drives builds for some passes, as a process of its own that runs the compiled program, and prints as JSON what each
// pass took: node passes.mjs REQUEST. Request and report are typed in bench/measures/reconcile-pass.ts.
const { program, store: place, endpoint, passes, intervalMilliseconds } = JSON.parse(process.argv[2]);
const load = (file) => import(new URL(`../${file}`, program));
const { connectBatch } = await load('adapters/aws-batch/batch-clients.js');
const { BatchJobBackend } = await load('adapters/aws-batch/batch-job-backend.js');
const { defaultPolicy } = await load('pipeline/driver-parts.js');
const { Reconciler } = await load('pipeline/reconciler.js');
const { systemClock } = await load('ports/clock.js');

const store =
  'file' in place
    ? await (await load('adapters/store/sqlite.js')).openSqliteStore(place.file)
    : await (await load('adapters/store/postgres.js')).openPostgresStore(place.url);
const backend = new BatchJobBackend(
  {
    region: 'us-gov-west-1',
    queues: { 'linux/arm64': 'builds-arm64', 'linux/amd64': 'builds-amd64' },
    jobDefinition: 'builder',
    clock: systemClock,
  },
  connectBatch('us-gov-west-1', { endpoint, credentials: { accessKeyId: 'stand-in', secretAccessKey: 'stand-in' } }),
);
const stop = new AbortController();
const marks = [];
const looked = [];
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
    passed: (pass) => looked.push(pass.looked),
    hearing: () => undefined,
    news: () => undefined,
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
    looked: looked.slice(0, passes),
    peakRss: process.resourceUsage().maxRSS * 1024,
    warnings,
  })}\n`,
);
