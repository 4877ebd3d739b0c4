import { Engine } from '../../adapters/docker/engine.ts';
import { describeEndpoint, type EngineEndpoint } from '../../adapters/docker/engine-endpoint.ts';
import { type EngineFacts, inspectEngine } from '../../adapters/docker/inspect-engine.ts';
import { type Platform, platformSuffix } from '../../domain/platform.ts';
import type { SecretSource } from '../../ports/secret-source.ts';
import { binaryBytes, counted } from '../render/quantities.ts';
import { checkBuildkit, checkEngineDisk, checkTools } from './builder-checks.ts';
import { inspectBuilder } from './builder-facts.ts';
import { checkBuilderImage } from './builder-image-check.ts';
import { type CheckResult, ok, problem, problemFromError, warning } from './check.ts';
import { checkPlatform } from './platform-check.ts';

/** One engine, and what its jobs need. */
export interface EngineChecksOptions {
  readonly endpoint: EngineEndpoint;
  /** The platforms that this engine builds for. */
  readonly platforms: readonly Platform[];
  readonly builderImage: string;
  readonly secrets: Pick<SecretSource, 'registryCredentials'>;
  readonly emulation: boolean;
  /** Whether the names of the checks include the engine. @default false, there is only one */
  readonly isOneOfSeveral?: boolean;
}

/** All checks of one engine. Those that depend on a failed check are left out, so that only the cause is shown. */
export async function checkEngine(options: EngineChecksOptions): Promise<readonly CheckResult[]> {
  const { endpoint, platforms, builderImage, secrets, emulation, isOneOfSeveral = false } = options;
  const named = (name: string): string =>
    isOneOfSeveral ? `${name} (${platforms.map(platformSuffix).join(', ')})` : name;

  const answer = await inspectEngine(endpoint).catch((error: unknown) => problemFromError(named('engine'), error));
  if ('status' in answer) return [answer];
  const first = engineResult(named('engine'), answer, endpoint);
  if (first.status === 'problem') return [first];

  const engine = new Engine(endpoint);
  try {
    const { isPresent, result } = await checkBuilderImage(named('builder image'), engine, builderImage, secrets);
    if (!isPresent)
      return result.status === 'problem' ? [first, result] : [first, result, notTried(named('builder'), builderImage)];
    const others = await Promise.all([
      builderResults(engine, builderImage, answer, named),
      ...platforms.map((platform) => checkOnePlatform(engine, platform, builderImage, answer, emulation)),
    ]);
    return [first, result, ...others.flat()];
  } finally {
    engine.close();
  }
}

/** A problem for an engine that cannot build, a warning for one that is open to the network without TLS. */
export function engineResult(name: string, facts: EngineFacts, endpoint: EngineEndpoint): CheckResult {
  const { version, architecture, os, cpus, memory, buildkitPossible } = facts;
  const detail = `${version} at ${describeEndpoint(endpoint)}: ${os}/${architecture}, ${counted(cpus, 'CPU')}, ${binaryBytes(memory)}`;
  if (os !== 'linux')
    return problem(
      name,
      `${detail}; it runs ${os} containers`,
      'switch it to linux containers, or set DOCKER_HOST to another engine',
    );
  if (!buildkitPossible) return problem(name, `${detail}; it is older than BuildKit`, 'update it to 20.10 or later');
  if (isOpen(endpoint)) {
    const danger =
      'without TLS, tokens of builds can be read on the network, and any client is root on the host of the engine';
    return warning(
      name,
      `${detail}; ${danger}`,
      'use ssh://user@host, or set DOCKER_TLS_VERIFY=1 and DOCKER_CERT_PATH',
    );
  }
  return ok(name, detail);
}

/** Whether secrets reach the engine over an unencrypted network connection. */
function isOpen(endpoint: EngineEndpoint): boolean {
  return (
    endpoint.kind === 'tcp' &&
    endpoint.tlsFolder === undefined &&
    !/^(?:localhost|127(?:\.\d{1,3}){3}|::1)$/.test(endpoint.host)
  );
}

async function builderResults(
  engine: Engine,
  image: string,
  { rootDir }: EngineFacts,
  named: (name: string) => string,
): Promise<readonly CheckResult[]> {
  try {
    const facts = await inspectBuilder(engine, image);
    return [
      checkBuildkit(named('BuildKit'), facts, image, engine.endpoint.hostSocket),
      checkTools(named('builder tools'), facts, image),
      checkEngineDisk(named('engine disk'), facts, rootDir),
    ];
  } catch (error) {
    return [problemFromError(named('builder'), error)];
  }
}

async function checkOnePlatform(
  engine: Engine,
  platform: Platform,
  image: string,
  facts: EngineFacts,
  emulation: boolean,
): Promise<CheckResult> {
  try {
    return await checkPlatform(engine, {
      name: platform,
      platform,
      image,
      engineArchitecture: facts.architecture,
      emulation,
    });
  } catch (error) {
    return problemFromError(platform, error);
  }
}

function notTried(name: string, image: string): CheckResult {
  return warning(
    name,
    'BuildKit, tools, disk and platforms are checked inside the builder image, which is missing',
    `docker pull ${image}, then run doctor again`,
  );
}
