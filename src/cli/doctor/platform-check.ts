import { buffer } from 'node:stream/consumers';
import { pack } from 'tar-stream';
import type { Engine } from '../../adapters/docker/engine.ts';
import { reasonOf, TwinhullError } from '../../domain/errors/twinhull-error.ts';
import { type Platform, platformArchitecture } from '../../domain/platform.ts';
import { type CheckResult, ok, problem } from './check.ts';
import { runShortContainer } from './short-container.ts';
import { staticProgram, staticProgramExitCode } from './static-program.ts';

/** One platform on one engine. */
export interface PlatformCheckOptions {
  readonly name: string;
  readonly platform: Platform;
  /** Any image that the engine has: our own program is copied into its container. */
  readonly image: string;
  /** In the OCI form. */
  readonly engineArchitecture: string;
  /** Whether emulated builds are allowed. */
  readonly emulation: boolean;
}

/** Runs a program of the platform on the engine. Pulls nothing. */
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
      isNative ? 'check that the engine runs containers: docker run --rm busybox' : `${install}; or ${otherEngine}`,
    );
  }
  return ok(name, isNative ? 'native' : `by emulation on ${engineArchitecture}, several times slower than natively`);
}

/** The reason that a program cannot run; undefined when it ran. @param program exits with `staticProgramExitCode` */
export async function tryToRun(engine: Engine, image: string, program: Buffer): Promise<string | undefined> {
  try {
    const { exitCode, output } = await runShortContainer(engine, {
      container: { Image: image, Entrypoint: ['/twinhull-program'] },
      start: (id) => startProgram(engine, id, program),
    });
    if (exitCode === staticProgramExitCode) return undefined;
    return output.trim().split('\n').at(-1) || `a test program ended with exit code ${exitCode}`;
  } catch (error) {
    // The engine's answer that it cannot start the program is the finding, not a failure of the check.
    if (TwinhullError.is(error) && /exec format error/i.test(reasonOf(error))) return 'exec format error';
    throw error;
  }
}

/** Uses the archive API: the engine itself has to run the program, so that its error is visible. */
async function startProgram(engine: Engine, id: string, program: Buffer): Promise<void> {
  const tar = pack();
  tar.entry({ name: 'twinhull-program', mode: 0o755 }, program);
  tar.finalize();
  const archive = await buffer(tar);
  await engine.call('put a program into a container', (api, signal) => api.putArchive(id, archive, '/', signal));
  await engine.call('start a container', (api, signal) => api.startContainer(id, signal));
}
