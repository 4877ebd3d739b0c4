import { reasonOf, TwinhullError } from '../../errors/twinhull-error.ts';
import type { Reporter } from '../../pipeline/reporter.ts';
import { aborted } from '../../ports/clock.ts';
import type { TokenStore } from '../../ports/token-store.ts';
import { createApp } from '../../server/app.ts';
import { serviceLogger } from '../../server/logger.ts';
import { requestMeter } from '../../server/metrics/measured-backend.ts';
import { measuredDriver } from '../../server/metrics/measured-driver.ts';
import { measuredStore } from '../../server/metrics/measured-store.ts';
import { Meters } from '../../server/metrics/meters.ts';
import { secretsOf } from '../../server/redact.ts';
import type { Settings } from '../../settings/settings.ts';
import { destinationOf, findDestination } from '../../wiring/destination.ts';
import { openAnnouncer } from '../../wiring/open-announcer.ts';
import { openDriver } from '../../wiring/open-driver.ts';
import { openPushes } from '../../wiring/open-github.ts';
import { planReference } from '../../wiring/prepare-plan.ts';
import { driveForever } from '../drive-forever.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { type ListenAddress, parseListenAddress } from '../listen-address.ts';
import { type Terminal, write } from '../terminal.ts';
import { version } from '../version.ts';
import { withStores } from '../with-store.ts';

export interface ServeCommandOptions {
  readonly listen?: string | undefined;
}

/** How long what is under way may take to end after SIGTERM, in milliseconds. */
export const grace = 20_000;

/**
 * Prints its address, and serves until SIGTERM or SIGINT. Then it says that it is not ready, ends its streams and leaves
 * the builds to the next driver, all at once; a little later, when nobody sends requests here any more, it takes none.
 */
export function serve({ listen }: ServeCommandOptions, { stdout, stderr }: Terminal): Promise<ExitCode> {
  return withStores(async ({ builds, tokens, requests, cursors }, settings) => {
    const address = parseListenAddress(listen ?? settings.serve.listen);
    await refuseUnguarded(address, tokens);
    const logger = serviceLogger(stderr, secretsOf(settings.databaseUrl, process.env));
    const reporter: Reporter = { warning: (text, err, about) => logger.warn({ ...about, err }, text) };
    const meters = new Meters();
    const store = measuredStore(builds, meters);
    const allowance = await allowanceOf(settings);
    const { destination: own } = allowance;
    const gitHub = await openPushes(settings, { cwd: process.cwd(), destination: own });
    const announcing = await openAnnouncer({ settings, store, cursors, reporter, destination: own });
    const opened = await openDriver(settings, store, reporter, requestMeter(meters));
    const driver = { ...measuredDriver(opened, meters), ...announcing };
    const stop = new AbortController();
    const onSignal = (): void => stop.abort();
    process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
    const driving = driveForever(driver, stop.signal);
    try {
      const app = await createApp({
        ...driver,
        store,
        tokens,
        requests,
        preparePlan: async ({ destination, ...wanted }) =>
          (await planReference({ ...wanted, destination: destinationOf(destination, settings) }, settings)).plan,
        wake: driving.wake,
        gitHub,
        options: {
          allowance,
          loopbackOnly: address.loopback,
          rateLimit: settings.serve.rateLimit,
          version: version(),
          publicUrl: settings.serve.publicUrl,
          stopping: stop.signal,
          logger,
          processMetrics: true,
          meters,
        },
      });
      await write(stdout, `${await listenOn(app, address)}\n`);
      await aborted(stop.signal);
      logger.info('stopping');
      const timer = setTimeout(() => process.exit(exitCodes.success), grace);
      const closed = driver.clock.sleep(settings.serve.drainSeconds * 1000).then(() => app.close());
      await Promise.all([closed, driving.over]);
      clearTimeout(timer);
      logger.info('stopped');
      return exitCodes.success;
    } finally {
      stop.abort();
      await driving.over;
      driver.close();
    }
  });
}

/** @throws SettingInvalid where anybody could reach an API that nobody needs a token for */
async function refuseUnguarded({ host, loopback }: ListenAddress, tokens: TokenStore): Promise<void> {
  if (loopback || (await tokens.any())) return;
  throw new TwinhullError('SettingInvalid', `without an API token the service does not listen on ${host}`, {
    hint: 'make one with `twinhull token create --name NAME --scope build`, or listen on 127.0.0.1',
  });
}

/** @returns the address under which it is reached. @throws SettingInvalid */
async function listenOn(
  app: { listen(options: { host: string; port: number }): Promise<string> },
  { host, port }: ListenAddress,
): Promise<string> {
  try {
    return await app.listen({ host, port });
  } catch (error) {
    throw new TwinhullError(
      'SettingInvalid',
      `the service cannot listen on ${host}:${String(port)}: ${reasonOf(error)}`,
      {
        cause: error,
        hint: 'name another address with TWINHULL_LISTEN or --listen',
      },
    );
  }
}

/** What operators name as their own is allowed where they allow nothing else. */
async function allowanceOf(settings: Settings) {
  const {
    repository,
    serve: { allowedRepositories, allowedDestinations },
  } = settings;
  const destination = await ownDestination(settings);
  return {
    repository,
    destination,
    repositories: [...(allowedRepositories ?? []), ...(repository === undefined ? [] : [repository])],
    destinations: [...(allowedDestinations ?? []), ...(destination === undefined ? [] : [destination])],
  };
}

async function ownDestination(settings: Settings): Promise<string | undefined> {
  const isNamed = settings.destination !== undefined || (settings.backend === 'aws' && settings.aws.ecrRepository);
  return isNamed ? (await findDestination(undefined, settings)).repository : undefined;
}
