import { type Build, isEnded } from '../domain/build.ts';

/**
 * How many jobs each build may submit now, oldest build first, so that the halves of one build run side by side
 * before a later one begins. Pure.
 *
 * @param limit how many jobs may be with the backend at once; undefined for no limit
 */
export function allotSlots(builds: readonly Build[], limit: number | undefined): ReadonlyMap<string, number> {
  const jobs = builds.flatMap((build) => build.jobs);
  let free =
    limit === undefined ? Number.POSITIVE_INFINITY : limit - jobs.filter((job) => job.state === 'active').length;
  const slots = new Map<string, number>();
  for (const build of builds) {
    const wanted = isEnded(build) ? 0 : build.jobs.filter((job) => job.state === 'pending').length;
    const given = Math.max(0, Math.min(wanted, free));
    slots.set(build.id, given);
    free -= given;
  }
  return slots;
}
