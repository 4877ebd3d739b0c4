import type Docker from 'dockerode';
import { userData } from '../../infra/src/user-data.ts';

type UserDataOptions = Parameters<typeof userData>[0];

/** Settings of the agent by name, as in /etc/ecs/ecs.config. */
type AgentSettings = Readonly<Record<string, string>>;

/** An image that the agent itself pulled for a task. */
interface PulledImage {
  readonly name: string;
  /** Milliseconds since the Unix epoch. */
  readonly pulledAt: number;
}

interface AgentHost {
  readonly docker: Docker;
  readonly settings: AgentSettings;
  readonly pulled: readonly PulledImage[];
  /** The images that it may see, as `reference` of `docker image ls --filter`: the engine is not the test's own. */
  readonly others: string;
  /** The agent's clock, in milliseconds since the Unix epoch. */
  readonly now: number;
}

/** The agent's settings on the hosts of the stack. */
export function hostAgentSettings(options: UserDataOptions): AgentSettings {
  const [, lines = ''] = /\/etc\/ecs\/ecs\.config <<'END'\n([\s\S]*?)\nEND\n/.exec(userData(options)) ?? [];
  return Object.fromEntries(lines.split('\n').map((line) => line.split('=', 2) as [string, string]));
}

/**
 * One pass of the ECS agent's image clean-up: its rule, not its code
 * (https://github.com/aws/amazon-ecs-agent/blob/master/agent/engine/docker_image_manager.go). An image that the agent
 * pulled is removed by the time since the pull if no container uses it, any other one by its own date, and only where
 * that is switched on. Both without force: the engine refuses to remove an image that a container uses.
 *
 * @returns the names that were removed
 */
export async function agentCleanUp(host: AgentHost): Promise<readonly string[]> {
  const { docker, settings, pulled, others, now } = host;
  const removed: string[] = [];
  const remove = async (name: string): Promise<void> => {
    await docker.getImage(name).remove();
    removed.push(name);
  };
  for (const { name, pulledAt } of pulled) {
    const isOld = now - pulledAt > minutes(settings['ECS_IMAGE_MINIMUM_CLEANUP_AGE'], 60);
    if (isOld && (await containersOf(docker, name)) === 0) await ifFree(remove(name));
  }
  if (settings['ECS_ENABLE_UNTRACKED_IMAGE_CLEANUP'] !== 'true') return removed;
  for (const { Id } of await docker.listImages({ filters: { reference: [others] } })) {
    const image = await docker
      .getImage(Id)
      .inspect()
      .catch(() => undefined);
    const age = now - Date.parse(image?.Created ?? '');
    if (age > minutes(settings['NON_ECS_IMAGE_MINIMUM_CLEANUP_AGE'], 60))
      for (const tag of image?.RepoTags ?? []) await ifFree(remove(tag));
  }
  return removed;
}

/** By name: the images of this test have further names, which are not theirs to keep. */
async function containersOf(docker: Docker, name: string): Promise<number> {
  const containers = await docker.listContainers({ all: true });
  return containers.filter(({ Image }) => Image === name).length;
}

/** Of a setting such as `210m`, in milliseconds. */
function minutes(setting: string | undefined, standard: number): number {
  return (setting === undefined ? standard : Number.parseInt(setting)) * 60_000;
}

/** The engine refuses an image that a container uses with 409, and has none that a job just removed: 404. */
async function ifFree(removal: Promise<void>): Promise<void> {
  await removal.catch((error: unknown) => {
    if (![404, 409].includes((error as { statusCode?: number }).statusCode ?? 0)) throw error;
  });
}
