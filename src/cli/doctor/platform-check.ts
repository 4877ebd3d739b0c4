import type { Engine } from '../../adapters/docker/engine.ts';
import { type Platform, platformArchitecture } from '../../domain/platform.ts';
import { reasonOf, TwinhullError } from '../../errors/twinhull-error.ts';
import { type CheckResult, ok, problem } from './check.ts';
import { runShortContainer } from './short-container.ts';
import { staticProgram, staticProgramExitCode } from './static-program.ts';

export interface PlatformCheckOptions {
  readonly name: string;
  readonly platform: Platform;
  /** Any image that the engine has: a program of our own is put into its container. */
  readonly image: string;
  /** The engine's own, in the OCI form. */
  readonly engineArchitecture: string;
  /** Whether builds may run by emulation. */
  readonly emulation: boolean;
}

/** Really runs a program of the platform on the engine. Pulls nothing. */
export async function checkPlatform(
  engine: Engine,
  { name, platform, image, engineArchitecture, emulation }: PlatformCheckOptions,
): Promise<CheckResult> {
  const architecture = platformArchitecture(platform);
  const isNative = architecture === engineArchitecture;
  const otherEngine = `set TWINHULL_DOCKER_HOST_${architecture.toUpperCase()} to an engine on such a machine`;
  if (!isNative && !emulation) {
    return problem(
      name,
      `this engine is ${engineArchitecture}, and emulation is refused`,
      `${otherEngine}, or TWINHULL_EMULATION=allow`,
    );
  }
  const refusal = await tryToRun(engine, image, staticProgram(platform));
  if (refusal !== undefined) {
    const install = `apt-get install qemu-user-static binfmt-support, or: docker run --privileged --rm tonistiigi/binfmt --install ${architecture}`;
    return problem(
      name,
      `programs of ${platform} do not run: ${refusal}`,
      isNative ? 'see whether the engine runs any container: docker run --rm busybox' : `${install}; or ${otherEngine}`,
    );
  }
  return ok(
    name,
    isNative ? 'native' : `by emulation on ${engineArchitecture}, several times slower than on a machine of its own`,
  );
}

/** Why a program cannot run; undefined when it did. @param program exits with `staticProgramExitCode` */
export async function tryToRun(engine: Engine, image: string, program: Buffer): Promise<string | undefined> {
  const files = [{ path: 'program', mode: 0o755, content: program }];
  try {
    const { exitCode, output } = await runShortContainer(engine, { image, command: ['/run/twinhull/program'], files });
    if (exitCode === staticProgramExitCode) return undefined;
    return output.trim().split('\n').at(-1) || `a test program ended with exit code ${exitCode}`;
  } catch (error) {
    // The engine answered that it cannot start it: that is the finding, not a failure to find out.
    if (TwinhullError.is(error) && /exec format error/i.test(reasonOf(error))) return 'exec format error';
    throw error;
  }
}
