import { binaryBytes } from '../render/quantities.ts';
import type { BuilderFacts } from './builder-facts.ts';
import { type CheckResult, ok, problem, warning } from './check.ts';

const anotherImage = 'set TWINHULL_BUILDER_IMAGE to an image with docker, git and bash, such as docker:cli';

/** Whether the builder can use the engine over the mounted socket, and builds with BuildKit there. */
export function checkBuildkit(
  name: string,
  { client, server, serverProblem, buildx }: BuilderFacts,
  image: string,
  socket: string,
): CheckResult {
  if (client === undefined) return problem(name, `the builder image ${image} has no docker client`, anotherImage);
  if (server === undefined) {
    const detail = `the builder does not reach the engine over ${socket}: ${serverProblem ?? 'it does not answer'}`;
    return problem(name, detail, `try it: docker run --rm -v ${socket}:/var/run/docker.sock ${image} docker version`);
  }
  if (buildx !== undefined) return ok(name, `client ${client} with ${firstWords(buildx)}`);
  const major = Number.parseInt(client, 10);
  if (major < 18) return problem(name, `the docker client ${client} in ${image} is older than BuildKit`, anotherImage);
  if (major < 23) return ok(name, `client ${client} has it built in`);
  const detail = `the docker client ${client} in ${image} needs the buildx plugin, which is not there`;
  return problem(name, detail, `add docker-buildx to ${image}, or ${anotherImage}`);
}

/** Whether the builder image brings its tools: what it lacks, every job has to fetch first. */
export function checkTools(name: string, { tools }: BuilderFacts, image: string): CheckResult {
  const missing = ['docker', 'git', 'bash'].filter((tool) => !tools.includes(tool));
  if (missing.length === 0) return ok(name, `${image} has docker, git, bash`);
  const detail = `${image} lacks ${missing.join(', ')}`;
  if (!tools.includes('apk')) return problem(name, `${detail}, and has no apk to add it`, anotherImage);
  return warning(
    name,
    `${detail}: every job fetches it first, which takes seconds and needs a package mirror`,
    `build an image on ${image} that has ${missing.join(', ')}, and set TWINHULL_BUILDER_IMAGE to it`,
  );
}

const gibibyte = 2 ** 30;

/** @param limits bytes, and what is spoken of: `its disk` */
export function checkDisk(
  name: string,
  freeBytes: number,
  limits: { what: string; enough: number; least: number; advice: string },
): CheckResult {
  const detail = `${binaryBytes(freeBytes)} free on ${limits.what}`;
  if (freeBytes >= limits.enough) return ok(name, detail);
  const status = freeBytes < limits.least ? problem : warning;
  return status(name, `${detail}; ${binaryBytes(limits.enough)} or more are advised`, limits.advice);
}

export function checkEngineDisk(name: string, { freeBytes }: BuilderFacts, rootDir: string): CheckResult {
  const advice = 'see what takes it with `docker system df`, then free some: docker builder prune, docker image prune';
  if (freeBytes === undefined)
    return warning(name, `could not be found out for ${rootDir}`, `look yourself: df -h ${rootDir}`);
  return checkDisk(name, freeBytes, { what: rootDir, enough: 10 * gibibyte, least: 2 * gibibyte, advice });
}

/** `github.com/docker/buildx v0.36.0 ...` -> `buildx v0.36.0` */
function firstWords(version: string): string {
  const [name = '', number = ''] = version.split(/\s+/);
  return `${name.split('/').at(-1) ?? name} ${number}`.trim();
}
