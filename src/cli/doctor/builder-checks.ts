import { builderSocket } from '../../builder/contract.ts';
import { binaryBytes } from '../render/quantities.ts';
import type { BuilderFacts } from './builder-facts.ts';
import { type CheckResult, ok, problem, warning } from './check.ts';

const anotherImage = 'set TWINHULL_BUILDER_IMAGE to an image with docker, git and bash, such as docker:28-cli';

/** Whether the builder can use the engine over the mounted socket, and build with BuildKit there. */
export function checkBuildkit(
  name: string,
  { client, server, serverProblem, buildx }: BuilderFacts,
  image: string,
  socket: string,
): CheckResult {
  if (client === undefined) return problem(name, `the builder image ${image} has no docker client`, anotherImage);
  if (server === undefined) {
    const detail = `the builder does not reach the engine over ${socket}: ${serverProblem ?? 'it does not respond'}`;
    return problem(
      name,
      detail,
      `test it: docker run --rm -v ${socket}:${builderSocket} -e DOCKER_HOST=unix://${builderSocket} ${image} docker version`,
    );
  }
  if (buildx !== undefined) return ok(name, `client ${client} with ${firstWords(buildx)}`);
  const major = Number.parseInt(client, 10);
  if (major < 18) return problem(name, `the docker client ${client} in ${image} is older than BuildKit`, anotherImage);
  if (major < 23) return ok(name, `client ${client} has it built in`);
  const detail = `the docker client ${client} in ${image} needs the buildx plugin, which is missing`;
  return problem(name, detail, `add docker-buildx to ${image}, or ${anotherImage}`);
}

/** Whether the builder image contains its tools: every job must download missing ones first. */
export function checkTools(name: string, { tools }: BuilderFacts, image: string): CheckResult {
  const missing = ['docker', 'git', 'bash'].filter((tool) => !tools.includes(tool));
  if (missing.length === 0) return ok(name, `${image} has docker, git, bash`);
  const detail = `${image} lacks ${missing.join(', ')}`;
  if (!tools.includes('apk')) return problem(name, `${detail}, and has no apk to install it`, anotherImage);
  return warning(
    name,
    `${detail}: every job installs it first, which takes seconds and needs a package mirror`,
    `build an image on ${image} that has ${missing.join(', ')}, and set TWINHULL_BUILDER_IMAGE to it`,
  );
}

const gibibyte = 2 ** 30;

/** @param limits in bytes, with the name of what is limited: `its disk` */
export function checkDisk(
  name: string,
  freeBytes: number,
  limits: { what: string; enough: number; least: number; advice: string },
): CheckResult {
  const detail = `${binaryBytes(freeBytes)} free on ${limits.what}`;
  if (freeBytes >= limits.enough) return ok(name, detail);
  const status = freeBytes < limits.least ? problem : warning;
  return status(name, `${detail}; ${binaryBytes(limits.enough)} or more are recommended`, limits.advice);
}

/** A problem below 2 GiB of free space for images and layers, a warning below 10. */
export function checkEngineDisk(name: string, { freeBytes }: BuilderFacts, rootDir: string): CheckResult {
  const advice = 'find what uses it with `docker system df`, then free space: docker builder prune, docker image prune';
  if (freeBytes === undefined)
    return warning(name, `could not be determined for ${rootDir}`, `check it manually: df -h ${rootDir}`);
  return checkDisk(name, freeBytes, { what: rootDir, enough: 10 * gibibyte, least: 2 * gibibyte, advice });
}

/** `github.com/docker/buildx v0.36.0 ...` -> `buildx v0.36.0` */
function firstWords(version: string): string {
  const [name = '', number = ''] = version.split(/\s+/);
  return `${name.split('/').at(-1) ?? name} ${number}`.trim();
}
