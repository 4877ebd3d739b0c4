import { TwinhullError } from '../../domain/errors/twinhull-error.ts';
import { type Platform, platformArchitecture, platformOs } from '../../domain/platform.ts';
import type { Engine } from './engine.ts';
import { describeEndpoint } from './engine-endpoint.ts';
import type { EngineFacts } from './inspect-engine.ts';

/**
 * Checks that an engine responds and can run jobs of these platforms.
 * @throws EngineUnreachable, EngineUnsuitable, SettingInvalid
 */
export async function requirePlatforms(
  engine: Engine,
  platforms: readonly Platform[],
  emulation: boolean,
): Promise<void> {
  const { Os: os, Arch: architecture } = await engine.call('request its version', (api, signal) => api.version(signal));
  for (const platform of platforms) {
    const problem = platformProblem({ os, architecture }, platform, emulation);
    if (problem === undefined) continue;
    const message = `the Docker Engine at ${describeEndpoint(engine.endpoint)} cannot build ${platform}: ${problem.why}`;
    throw new TwinhullError('EngineUnsuitable', message, { platform, hint: problem.hint });
  }
}

/** Why an engine cannot build the platform; undefined if it can. */
export function platformProblem(
  facts: Pick<EngineFacts, 'os' | 'architecture'>,
  platform: Platform,
  emulation: boolean,
): { readonly why: string; readonly hint: string } | undefined {
  if (facts.os !== platformOs(platform)) {
    return {
      why: `it runs ${facts.os} containers`,
      hint: 'switch it to linux containers, or set DOCKER_HOST to another engine',
    };
  }
  if (facts.architecture === platformArchitecture(platform) || emulation) return undefined;
  const suffix = platformArchitecture(platform).toUpperCase();
  return {
    why: `it is ${facts.os}/${facts.architecture}, and emulation is refused`,
    hint: `set TWINHULL_DOCKER_HOST_${suffix} to an engine of that platform, or TWINHULL_EMULATION=allow`,
  };
}
