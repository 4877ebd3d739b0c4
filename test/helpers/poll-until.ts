/**
 * Retries until `attempt` returns something other than undefined or false; fails after `deadline` milliseconds. The
 * deadline only ends a test that hangs: on a busy machine everything takes several times as long.
 */
export async function pollUntil<T>(
  what: string,
  attempt: () => Promise<T | undefined | false> | T | undefined | false,
  deadline = 240_000,
): Promise<T> {
  const end = Date.now() + deadline;
  for (;;) {
    const found = await attempt();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > end) throw new Error(`waited ${deadline / 1000} s for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
