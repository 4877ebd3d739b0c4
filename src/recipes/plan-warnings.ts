import type { DockerfileBuild, Plan } from '../domain/plan.ts';
import type { Platform } from '../domain/platform.ts';
import { mountsOf, readDockerfile } from './dockerfile-text.ts';

/** A Dockerfile that a plan uses, and its platforms. */
interface PlannedDockerfile {
  readonly image: string;
  readonly dockerfile: DockerfileBuild['dockerfile'];
  readonly platforms: readonly Platform[];
}

/**
 * Warnings about parts of a plan's Dockerfiles that probably do not do what is intended, one line each.
 * @param texts of the Dockerfiles that can be read, by path
 */
export function planWarnings(plan: Plan, texts: ReadonlyMap<string, string> = new Map()): readonly string[] {
  return plannedDockerfiles(plan).flatMap(({ image, dockerfile, platforms }) => {
    const text = 'inline' in dockerfile ? dockerfile.inline : texts.get(dockerfile.path);
    const name = 'inline' in dockerfile ? `images.${image}.dockerfile.inline` : dockerfile.path;
    return text === undefined ? [] : textWarnings(text, platforms).map((warning) => `${name}:${warning}`);
  });
}

/** Paths of the Dockerfiles that are files of the repository, each once. */
export function dockerfilePaths(plan: Plan): readonly string[] {
  const paths = plannedDockerfiles(plan).flatMap(({ dockerfile }) => ('path' in dockerfile ? [dockerfile.path] : []));
  return [...new Set(paths)];
}

function plannedDockerfiles({ jobs }: Plan): readonly PlannedDockerfile[] {
  const found = new Map<string, PlannedDockerfile>();
  for (const { platform, steps } of jobs) {
    for (const { image, build } of steps) {
      if (build.kind === 'script') continue;
      const key = JSON.stringify([image, build.dockerfile]);
      const platforms = [...(found.get(key)?.platforms ?? []), platform];
      found.set(key, { image, dockerfile: build.dockerfile, platforms });
    }
  }
  return [...found.values()];
}

function textWarnings(text: string, platforms: readonly Platform[]): readonly string[] {
  return readDockerfile(text).flatMap(({ keyword, rest, line }) => {
    const at = String(line);
    const fixed = keyword === 'FROM' ? /^--platform=([^\s$]+)\s/.exec(rest)?.[1] : undefined;
    const others = platforms.filter((platform) => fixed !== undefined && !isSame(fixed, platform));
    if (fixed !== undefined && others.length > 0)
      return [
        `${at}: FROM is fixed to ${fixed}, even in the build for ${others.join(' and ')}: leave --platform out, or write --platform=$BUILDPLATFORM for a stage whose programs run only during the build`,
      ];
    if (keyword === 'RUN' && mountsOf(rest).some((mount) => mount.split(',').includes('type=ssh')))
      return [`${at}: builds have no ssh agent: give the key or token as a secret, RUN --mount=type=secret`];
    return [];
  });
}

/** Docker takes `arm64/v8`, `aarch64` and `x86_64` too. */
function isSame(written: string, platform: Platform): boolean {
  const names =
    platform === 'linux/arm64'
      ? /^(?:linux\/)?(?:arm64|aarch64)(?:\/v8)?$/
      : /^(?:linux\/)?(?:amd64|x86[_-]64)(?:\/v\d)?$/;
  return names.test(written.toLowerCase());
}
