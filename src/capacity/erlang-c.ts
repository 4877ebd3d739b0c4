/**
 * Mean wait of the queue M/M/c, in the unit of `meanService`: arrivals at random (Poisson), exponential service times, one queue in order of arrival. The simulator is checked against it.
 *
 * @param servers c, at least 1
 * @param load arrivals in one mean service time, in servers: below `servers`, otherwise the wait grows without end (Infinity)
 */
export function erlangCMeanWait(servers: number, load: number, meanService: number): number {
  if (load >= servers) return Infinity;
  const waits = erlangC(servers, load);
  return (waits * meanService) / (servers - load);
}

/** Probability that an arrival has to wait, by way of the Erlang B recursion, which does not overflow. */
function erlangC(servers: number, load: number): number {
  let blocked = 1;
  for (let count = 1; count <= servers; count++) blocked = (load * blocked) / (count + load * blocked);
  return (servers * blocked) / (servers - load * (1 - blocked));
}
