import type { Engine } from '../../adapters/docker/engine.ts';
import { runShortContainer } from './short-container.ts';

/** What a job would find in the builder image, with the engine's socket mounted. */
export interface BuilderFacts {
  /** Version of the docker client; undefined when there is none. */
  readonly client: string | undefined;
  /** Version of the engine as the client sees it over the mounted socket; undefined when it cannot reach it. */
  readonly server: string | undefined;
  /** What the client said when it could not reach the engine. */
  readonly serverProblem: string | undefined;
  readonly buildx: string | undefined;
  readonly tools: readonly string[];
  /** Bytes free where the engine keeps images and containers. */
  readonly freeBytes: number | undefined;
}

const script = `
echo "client=$(docker version --format '{{.Client.Version}}' 2>/dev/null | head -n 1)"
if server=$(docker version --format '{{.Server.Version}}' 2>&1); then echo "server=$server"; else echo "problem=$(echo "$server" | tail -n 1)"; fi
echo "buildx=$(docker buildx version 2>/dev/null | head -n 1)"
for tool in docker git bash apk; do if command -v "$tool" >/dev/null; then echo "tool=$tool"; fi; done
echo "free=$(df -Pk / | tail -n 1)"
`;

/** @throws EngineUnreachable */
export async function inspectBuilder(engine: Engine, image: string): Promise<BuilderFacts> {
  const { hostSocket } = engine.endpoint;
  const { output } = await runShortContainer(engine, { image, command: ['sh', '-c', script], hostSocket });
  return parseBuilderFacts(output);
}

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
