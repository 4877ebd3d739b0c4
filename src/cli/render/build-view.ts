import type { RecordedEvent } from '../../domain/build-event.ts';
import { type Lane, laneAfter, newLane } from './lane.ts';

/** The state of the live display except logs. Immutable: `viewAfter` returns the next one. */
export interface BuildView {
  readonly buildId?: string;
  readonly recipe?: string;
  readonly commit?: string;
  readonly createdAt?: number;
  readonly isCancelling: boolean;
  /** Id of the last build ahead in the queue, while it waits. */
  readonly behind?: string;
  readonly publishing?: Publishing;
  readonly lanes: readonly Lane[];
}

/** How many tags of a build are published. */
export interface Publishing {
  readonly done: number;
  /** 0 until it is known. */
  readonly total: number;
  readonly waitsFor?: string;
}

/** The view before the first event. */
export const emptyView: BuildView = { isCancelling: false, lanes: [] };

/** The view after an event; pure. */
export function viewAfter(view: BuildView, { event, at, buildId }: RecordedEvent): BuildView {
  switch (event.type) {
    case 'build.created': {
      const { recipe, commit } = event;
      return { ...emptyView, buildId, recipe, commit, createdAt: at, lanes: event.platforms.map(newLane) };
    }
    case 'build.retried':
      return {
        ...view,
        isCancelling: false,
        publishing: undefined,
        createdAt: at,
        lanes: view.lanes.map((lane) => (event.platforms.includes(lane.platform) ? newLane(lane.platform) : lane)),
      };
    case 'build.waiting':
      return { ...view, behind: event.behind };
    case 'build.started':
      return { ...view, behind: undefined };
    case 'build.cancel-requested':
      return { ...view, isCancelling: true };
    case 'publish.started':
      return { ...view, publishing: { done: 0, total: 0 } };
    case 'publish.planned':
      return { ...view, publishing: { done: 0, total: event.tags.length } };
    case 'publish.tag-put':
    case 'publish.tag-kept':
      return { ...view, publishing: { done: (view.publishing?.done ?? 0) + 1, total: view.publishing?.total ?? 0 } };
    case 'publish.waiting':
      return { ...view, publishing: { done: 0, total: 0, ...view.publishing, waitsFor: event.reason } };
    case 'publish.refused':
    case 'publish.tag-taken':
    case 'publish.tag-reverted':
    case 'build.tags-appeared':
    case 'build.published':
    case 'build.promoted':
    case 'build.failed':
    case 'build.cancelled':
    case 'build.superseded':
      return view;
    default: {
      const { platform } = event;
      const isKnown = view.lanes.some((lane) => lane.platform === platform);
      const lanes = isKnown ? view.lanes : [...view.lanes, newLane(platform)];
      return {
        ...view,
        buildId,
        lanes: lanes.map((lane) => (lane.platform === platform ? laneAfter(lane, event, at) : lane)),
      };
    }
  }
}
