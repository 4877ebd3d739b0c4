import type { Engine } from '../../adapters/docker/engine.ts';
import { startWithFiles } from '../../adapters/docker/hand-over.ts';
import { receivingCommand, receivingMounts } from '../../adapters/docker/job-container.ts';
import { builderFolder, builderSocket } from '../../builder/contract.ts';
import { receiveScript } from '../../builder/script.ts';
import { TwinhullError } from '../../domain/errors/twinhull-error.ts';
import { runShortContainer } from './short-container.ts';

/** What a job would find in the builder image, with the engine's socket mounted. */
export interface BuilderFacts {
  /** Version of the docker client; undefined when there is none. */
  readonly client: string | undefined;
  /** Version of the engine as the client sees it over the mounted socket; undefined when it cannot reach it. */
  readonly server: string | undefined;
  /** The client's error when it could not reach the engine. */
  readonly serverProblem: string | undefined;
  readonly buildx: string | undefined;
  readonly tools: readonly string[];
  /** Bytes free where the engine stores images and containers. */
  readonly freeBytes: number | undefined;
}

const script = `
export DOCKER_HOST=unix://${builderSocket}
echo "client=$(docker version --format '{{.Client.Version}}' 2>/dev/null | head -n 1)"
if server=$(docker version --format '{{.Server.Version}}' 2>&1); then echo "server=$server"; else echo "problem=$(echo "$server" | tail -n 1)"; fi
echo "buildx=$(docker buildx version 2>/dev/null | head -n 1)"
for tool in docker git bash apk; do if command -v "$tool" >/dev/null; then echo "tool=$tool"; fi; done
echo "free=$(df -Pk / | tail -n 1)"
`;

/**
 * Does what a job does: runs a script in a container with the engine's socket.
 * @throws EngineUnreachable
 */
export async function inspectBuilder(engine: Engine, image: string): Promise<BuilderFacts> {
  const files = [{ path: 'doctor.sh', mode: 0o400, content: Buffer.from(script) }];
  const command = receivingCommand(await receiveScript(), ['sh', `${builderFolder}/doctor.sh`]);
  const { exitCode, output } = await runShortContainer(engine, {
    container: { Image: image, ...command, HostConfig: receivingMounts(engine.endpoint.hostSocket) },
    start: (id) => startWithFiles(engine, id, files),
  });
  if (exitCode !== 0) {
    const reason = output.trim().split('\n').at(-1) || `exit code ${exitCode}`;
    throw new TwinhullError('EngineUnsuitable', `a container of ${image} did not run the check script: ${reason}`);
  }
  return parseBuilderFacts(output);
}

/** Reads the output of the check script in a builder container; unknown lines are ignored. */
export function parseBuilderFacts(output: string): BuilderFacts {
  const values = (name: string): string[] =>
    output
      .split('\n')
      .flatMap((line) =>
        line.startsWith(`${name}=`) && line.length > name.length + 1 ? [line.slice(name.length + 1).trim()] : [],
      );
  const [, , , free] = values('free')[0]?.split(/\s+/) ?? [];
  return {
    client: values('client')[0],
    server: values('server')[0],
    serverProblem: values('problem')[0],
    buildx: values('buildx')[0],
    tools: values('tool'),
    freeBytes: free !== undefined && /^\d+$/.test(free) ? Number(free) * 1024 : undefined,
  };
}
