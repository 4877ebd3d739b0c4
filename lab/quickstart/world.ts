import { join } from 'node:path';
import { ecrLogin } from '../aws/identity.ts';
import { engineHost } from '../engine-client.ts';
import type { Lab, LabAws } from '../lab.ts';
import { findCommand } from '../run.ts';

/** Where the main job runs, and the settings that the program needs for it. */
export interface World {
  /** Holds recipe, settings and builds. */
  readonly folder: string;
  readonly settings: Readonly<Record<string, string>>;
  /** Variables that other programs read too: for AWS, how to find it. */
  readonly environment: Readonly<Record<string, string>>;
  readonly repository: string;
  /** A tag that the repository allows to move. */
  readonly movingTag: string;
  /** Shell commands that inspect the published image from outside. */
  inspection(image: string): readonly string[];
}

/** The lab's Docker Engine, and a registry without login. */
export function engineWorld(lab: Lab): World {
  const folder = join(lab.home, 'quickstart');
  const repository = `${lab.registry.host}/vecoli`;
  return {
    folder,
    settings: {
      TWINHULL_STATE_DIR: join(folder, 'state'),
      TWINHULL_DESTINATION: repository,
      TWINHULL_BUILDER_IMAGE: lab.images.builder,
      TWINHULL_GIT_TOKEN_FILE: lab.git.tokenFile,
      TWINHULL_GIT_HOST: new URL(lab.git.url).host,
      TWINHULL_GIT_CA_FILE: lab.git.caFile,
      DOCKER_HOST: lab.engine.host,
    },
    environment: {},
    repository,
    movingTag: 'stable',
    inspection: (image) => [
      `docker${lab.engine.host === engineHost() ? '' : ` --host ${lab.engine.host}`} run --rm --platform linux/arm64 ${image} --seed 7`,
      `skopeo inspect --raw --tls-verify=false docker://${image}`,
    ],
  };
}

/** AWS Batch and ECR as the lab provides them. */
export function awsWorld(lab: Lab, aws: LabAws): World {
  const folder = join(lab.home, 'quickstart-aws');
  return {
    folder,
    settings: { TWINHULL_STATE_DIR: join(folder, 'state'), ...aws.settings },
    environment: aws.environment,
    movingTag: 'latest',
    repository: `${aws.registry.host}/${aws.settings['ECR_REPOSITORY'] ?? ''}`,
    inspection: (image) => [
      ...(findCommand('aws') === undefined
        ? []
        : [`aws batch list-jobs --job-queue ${aws.settings['BUILD_ARM64_QUEUE'] ?? ''} --job-status SUCCEEDED`]),
      `echo ${ecrLogin.password} | docker login --username ${ecrLogin.user} --password-stdin ${aws.registry.host}`,
      `docker run --rm --platform linux/arm64 ${image} --seed 7`,
    ],
  };
}
