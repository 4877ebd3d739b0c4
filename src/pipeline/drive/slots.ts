import { type Build, holdsTags } from '../../domain/build.ts';

/**
 * How many jobs each build may submit now, oldest build first, so that both halves of a build run before a later build
 * begins. Pure.
 *
 * @param limit how many jobs the backend takes at once; undefined for no limit
 */
export function allotSlots(builds: readonly Build[], limit: number | undefined): ReadonlyMap<string, number> {
  const jobs = builds.flatMap((build) => build.jobs);
  let free =
    limit === undefined ? Number.POSITIVE_INFINITY : limit - jobs.filter((job) => job.state === 'active').length;
  const slots = new Map<string, number>();
  for (const build of builds) {
    const wanted = holdsTags(build) ? build.jobs.filter((job) => job.state === 'pending').length : 0;
    const given = Math.max(0, Math.min(wanted, free));
    slots.set(build.id, given);
    free -= given;
  }
  return slots;
}
