import { debianRelease, debianSources } from './debian-sources.ts';
import { architectureOf, type LabPlatform } from './platforms.ts';
import { run } from './run.ts';

/**
 * Unpacks Debian packages of a platform into a folder without installing them: from the mirror that the host's apt
 * uses, or else from mmdebstrap's default.
 *
 * @param options for mmdebstrap: what to include
 */
export async function extractDebian(root: string, platform: LabPlatform, options: readonly string[]): Promise<void> {
  const sources = await debianSources();
  const fixed = ['--quiet', '--mode=root', '--variant=extract', `--architectures=${architectureOf(platform)}`];
  const mirror = sources === undefined ? [] : ['-'];
  await run('mmdebstrap', [...fixed, ...options, debianRelease, root, ...mirror], { input: sources });
}
