import { reasonOf, TwinhullError } from '../../domain/errors/twinhull-error.ts';
import { driveForever } from '../../pipeline/drive/drive-forever.ts';
import { aborted } from '../../ports/clock.ts';
import type { Reporter } from '../../ports/reporter.ts';
import type { TokenStore } from '../../ports/token-store.ts';
import { createApp } from '../../server/app.ts';
import { serviceLogger } from '../../server/logger.ts';
import { measuredDriver, requestMeter } from '../../server/metrics/driver-meters.ts';
import { measuredStore } from '../../server/metrics/measured-store.ts';
import { Meters } from '../../server/metrics/meters.ts';
import { builtPages, readPageFiles } from '../../server/pages/page-files.ts';
import { secretsOf } from '../../server/redact.ts';
import type { Settings } from '../../settings/settings.ts';
import { destinationOf, findDestination } from '../../wiring/destination.ts';
import { gitAudiences, gitAudienceWarnings } from '../../wiring/git-audiences.ts';
import { openDriver } from '../../wiring/open-driver.ts';
import { openPushes } from '../../wiring/open-github.ts';
import { openSignIn } from '../../wiring/open-identity-provider.ts';
import { openNotificationLoop } from '../../wiring/open-notification-loop.ts';
import { planReference } from '../../wiring/prepare-plan.ts';
import { changedSettings } from '../changed-settings.ts';
import { type ChecksJson, checksToJson } from '../doctor/render-checks.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { type ListenAddress, parseListenAddress } from '../listen-address.ts';
import { admitThisUser } from '../local-token.ts';
import { type SignInParts, signInLink } from '../sign-in-link.ts';
import type { CommandOptions } from '../table/table.ts';
import { type Terminal, write } from '../terminal.ts';
import { version } from '../version.ts';
import { withStores } from '../with-store.ts';

/** How long work in progress may take to end after SIGTERM, in milliseconds. */
export const grace = 20_000;

/**
 * Prints its address, and serves until SIGTERM or SIGINT. Then it reports not ready, ends its streams and leaves the
 * builds to the next driver, all at once; shortly after, when no more requests are sent here, it stops listening.
 */
export function serve({ listen }: CommandOptions<'serve'>, { stdout, stderr }: Terminal): Promise<ExitCode> {
  return withStores(async ({ builds, tokens, sessions, signIns, requests, cursors, onQuery }, settings) => {
    const address = parseListenAddress(listen ?? settings.serve.listen);
    await refuseUnusable(address, tokens, settings);
    const openId = await openSignIn(settings.openId);
    const logger = serviceLogger(stderr, secretsOf(settings.databaseUrl, process.env));
    const reporter: Reporter = { warning: (text, err, about) => logger.warn({ ...about, err }, text) };
    const meters = new Meters();
    onQuery(() => meters.count('twinhull_store_queries_total', {}));
    const store = measuredStore(builds, meters);
    const allowance = await allowanceOf(settings);
    const { destination: own } = allowance;
    for (const warning of gitAudienceWarnings(await gitAudiences(settings))) reporter.warning(warning);
    const gitHub = await openPushes(settings, { cwd: process.cwd(), destination: own });
    const announcing = await openNotificationLoop({ settings, store, cursors, reporter, destination: own });
    const opened = await openDriver(settings, store, reporter, requestMeter(meters));
    const driver = { ...measuredDriver(opened, meters), ...announcing };
    const { sessionHours } = settings.serve;
    const stop = new AbortController();
    const onSignal = (): void => stop.abort();
    process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
    const driving = driveForever(driver, stop.signal);
    let withdraw = async (): Promise<void> => undefined;
    try {
      const app = await createApp({
        ...driver,
        store,
        tokens,
        sessions,
        signIns,
        requests,
        preparePlan: async ({ destination, ...wanted }) =>
          (await planReference({ ...wanted, destination: destinationOf(destination, settings) }, settings)).plan,
        wake: driving.wake,
        diagnose,
        gitHub,
        openId,
        options: {
          allowance,
          rateLimit: settings.serve.rateLimit,
          sessionLifetime: sessionHours === undefined ? undefined : sessionHours * 3_600_000,
          hostPrices: settings.hostPrices,
          version: version(),
          storeName: settings.databaseUrl === undefined ? 'SQLite' : 'PostgreSQL',
          publicUrl: settings.serve.publicUrl,
          pages: await readPageFiles(builtPages),
          stopping: stop.signal,
          logger,
          processMetrics: true,
          meters,
        },
      });
      const url = await listenOn(app, address);
      for (const warning of changedSettings(settings)) logger.warn(warning);
      if (address.loopback) withdraw = await admitThisUser(url, { tokens, settings, logger });
      await write(stdout, `${url}\n`);
      if (address.loopback && stderr.isTTY) await offerSignIn(url, { tokens, sessions, settings }, stderr);
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
      await withdraw();
      driver.close();
    }
  });
}

/** Loaded when it is first needed: it has the clients of all that it checks. */
async function diagnose(): Promise<ChecksJson> {
  const { checksOfBuilds } = await import('./doctor.ts');
  return checksToJson(await checksOfBuilds({}, process.cwd()));
}

/** @throws SettingInvalid for an address beyond loopback where callers on other machines could not sign in */
async function refuseUnusable(
  { host, loopback }: ListenAddress,
  tokens: TokenStore,
  { openId }: Settings,
): Promise<void> {
  if (loopback || openId !== undefined || (await tokens.list()).some(({ scope }) => scope !== 'local')) return;
  throw new TwinhullError('SettingInvalid', `the service does not listen on ${host} without an API token`, {
    hint: 'create one with `twinhull token create --name NAME --scope build`, or listen on 127.0.0.1',
  });
}

/** @returns the address that clients use. @throws SettingInvalid */
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

/** The operator's own repository and destination are always allowed. */
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

/** For the person at this terminal. A log would keep the link, so it is printed to a terminal only. */
async function offerSignIn(url: string, parts: SignInParts, stderr: Terminal['stderr']): Promise<void> {
  const link = await signInLink(url, parts).catch(() => undefined);
  if (link !== undefined) await write(stderr, `sign in, once within 10 minutes: ${link}\n`);
}
