import { buildFromJson, summaryFromJson } from '../../build-json/build-from-json.ts';
import type { PlanJson } from '../../build-json/json.ts';
import type { FollowedItem } from '../../client/stream-data.ts';
import type { BuildEvent } from '../../domain/build-event.ts';
import { TwinhullError } from '../../domain/errors/twinhull-error.ts';
import { eventCatalogue } from '../../domain/event-catalogue.ts';
import type { Plan } from '../../domain/plan.ts';
import { platformSuffix } from '../../domain/platform.ts';
import { requireBuild } from '../../pipeline/change-build.ts';
import type { FollowItem } from '../../pipeline/follow.ts';
import type { BuildSummary } from '../../ports/build-store.ts';
import type { Reporter } from '../../ports/reporter.ts';
import type { Settings } from '../../settings/settings.ts';
import { openClient } from '../../wiring/open-client.ts';
import { cancelInBackground } from '../background.ts';
import type { Builds } from './builds.ts';

/** The service that runs the builds, and the recipes of this machine. */
export interface RemoteBuildsOptions {
  readonly url: string;
  readonly settings: Settings;
  /** The user's working folder. */
  readonly cwd: string;
  readonly reporter: Reporter;
}

/** Most builds that the API returns per request. */
const page = 200;

/**
 * Builds of a service, which drives them whether or not they are watched.
 * @throws ArgumentInvalid when `url` is not a URL
 */
export function remoteBuilds({ url, settings, cwd, reporter }: RemoteBuildsOptions): Builds {
  const { client, close } = openClient(url, settings.client);
  const load: Builds['load'] = async (id) => {
    try {
      return buildFromJson(await client.build(id));
    } catch (error) {
      if (TwinhullError.is(error, 'BuildNotFound')) return undefined;
      throw error;
    }
  };
  // Loaded on demand: `twinhull list` needs neither git nor recipes.
  const planToSend = async (...[wanted]: Parameters<Builds['plan']>) =>
    (await import('../../wiring/plan-to-send.ts')).planToSend(wanted, settings, cwd);
  const onBreak = (reason: TwinhullError | undefined): void => {
    if (reason !== undefined) reporter.warning(`${reason.message}; trying again`);
  };
  return {
    plan: async (wanted) => {
      // A service of the previous version sends no estimate.
      const { estimate, ...plan }: Partial<Pick<PlanJson, 'estimate'>> & Plan = await client.plan(
        await planToSend(wanted),
      );
      return { plan, estimate: estimate ?? undefined };
    },
    submit: async (wanted, { force, ifBusy }) => {
      const { outcome, build } = await client.submit({
        ...(await planToSend(wanted)),
        force,
        ...(ifBusy !== undefined && { ifBusy }),
      });
      return { outcome, build: buildFromJson(build) };
    },
    load,
    list: async ({ limit, states, commit }) => {
      const found: BuildSummary[] = [];
      const query = {
        limit: Math.min(limit, page),
        ...(states !== undefined && { state: [...states] }),
        ...(commit !== undefined && { commit }),
      };
      for await (const build of client.builds(query)) {
        found.push(summaryFromJson(build));
        if (found.length === limit) break;
      }
      return found;
    },
    follow: async function* (id, { signal, logs, platform } = {}) {
      for await (const item of client.follow(id, { signal, logs, platform, onBreak })) {
        const known = followItem(item);
        if (known !== undefined) yield known;
      }
      return requireBuild({ load }, id);
    },
    log: ({ buildId, platform, attempt }) => client.rawLog(buildId, platformSuffix(platform), attempt),
    cancel: async (id) => buildFromJson(await client.cancel(id)),
    retry: async (id) => buildFromJson(await client.retry(id)),
    promote: ({ commit, tag, image, force }) =>
      client.promote({ commit, tag, ...(image !== undefined && { image }), ...(force && { force }) }),
    attach: (id) => ({
      trouble: new Promise<never>(() => undefined),
      cancel: async () => {
        await client.cancel(id);
      },
      end: async () => undefined,
    }),
    goOnInBackground: () => undefined,
    cancelInBackground: (id) => cancelInBackground(settings, id),
    close,
  };
}

/** Undefined for an event of a later release, which this version cannot render. */
function followItem(item: FollowedItem): FollowItem | undefined {
  if (item.kind === 'log') {
    const { platform, attempt, text } = item;
    return { kind: 'log', platform: `linux/${platform}`, attempt, text };
  }
  const { sequence, buildId, at, event } = item;
  if (!Object.hasOwn(eventCatalogue, event.type)) return undefined;
  // The service sends events as its store holds them, and that type defines their fields.
  return { kind: 'event', event: { sequence, buildId, at: Date.parse(at), event: event as unknown as BuildEvent } };
}
