/** Every type of event that a stream names: `EventSource` delivers only those that it has a listener for. */
export const eventTypes =
  'build.created build.waiting build.started job.intended job.send-unknown job.resent job.queued job.waiting job.started job.phase job.note job.commit job.cache job.restarted job.missing job.found job.stopping job.ended job.released job.duplicate-terminated job.succeeded job.failed job.stopped job.attempt-failed publish.started publish.planned publish.tag-taken publish.tag-put publish.tag-kept publish.refused publish.tag-reverted publish.waiting build.tags-appeared build.published build.failed build.promoted build.cancel-requested build.cancelled build.superseded build.retried'.split(
    ' ',
  );
