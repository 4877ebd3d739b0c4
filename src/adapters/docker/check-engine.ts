import { type Platform, platformArchitecture, platformOs } from '../../domain/platform.ts';
import { TwinhullError } from '../../errors/twinhull-error.ts';
import type { EngineEndpoint } from './engine-endpoint.ts';
import { type EngineFacts, inspectEngine } from './inspect-engine.ts';

/**
 * Proves that an engine answers and can take jobs of `platform`.
 * @throws EngineUnreachable, EngineUnsuitable, SettingInvalid
 */
export async function checkEngine(endpoint: EngineEndpoint, platform: Platform, emulation: boolean): Promise<void> {
  const problem = problemOf(await inspectEngine(endpoint), platform, emulation);
  if (problem === undefined) return;
  throw new TwinhullError(
    'EngineUnsuitable',
    `the Docker Engine at ${endpoint.text} cannot build ${platform}: ${problem.why}`,
    {
      platform,
      hint: problem.hint,
    },
  );
}

export function problemOf(
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
