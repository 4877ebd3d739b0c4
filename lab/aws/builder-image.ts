import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { dockerClient, tryDocker } from '../engine-client.ts';
import type { LabContext, Part } from '../part.ts';
import { builderReference } from '../parts/builder-image.ts';
import { nativePlatform } from '../platforms.ts';
import { run } from '../run.ts';

export const awsBuilderReference = 'twinhull/builder:lab-aws';

const dockerfile = readFileSync(fileURLToPath(new URL('../images/aws-builder.Dockerfile', import.meta.url)), 'utf8');
const label = 'twinhull.lab.recipe';

/** The builder image of the job definition: the lab's other one, with `aws` added. */
export const awsBuilderImagePart: Part = {
  name: 'AWS builder image',
  needs: ['builder image'],

  async check(context) {
    const host = context.facts.get('engineHost');
    const format = `{{index .Config.Labels "${label}"}}`;
    const found = await tryDocker(host, ['image', 'inspect', '--format', format, awsBuilderReference]);
    if (found === undefined) return 'not on the engine';
    return found.trim() === (await recipeOf(context)) ? undefined : 'built from another recipe';
  },

  async start(context) {
    const host = context.facts.get('engineHost');
    context.journal.record({ kind: 'image', host, reference: awsBuilderReference });
    const args = [
      ...['--host', host, 'build', '--quiet', '--platform', nativePlatform, '--tag', awsBuilderReference],
      ...['--label', `${label}=${await recipeOf(context)}`, '--build-arg', `BASE=${builderReference}`, '-'],
    ];
    await run(dockerClient(), args, { input: dockerfile, env: { DOCKER_BUILDKIT: '1' } });
  },
};

/** Changes when any of its inputs does. */
async function recipeOf(context: LabContext): Promise<string> {
  const base = await tryDocker(context.facts.get('engineHost'), [
    'image',
    'inspect',
    '-f',
    '{{.Id}}',
    builderReference,
  ]);
  return createHash('sha256')
    .update(`${dockerfile}${base ?? ''}`)
    .digest('hex')
    .slice(0, 16);
}
