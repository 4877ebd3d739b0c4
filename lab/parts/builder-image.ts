import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { dockerClient, tryDocker } from '../engine-client.ts';
import type { Part } from '../part.ts';
import { nativePlatform } from '../platforms.ts';
import { run } from '../run.ts';
import { debianPartName, nativeDebianReference } from './debian-image.ts';

export const builderReference = 'twinhull/builder:lab';

const dockerfile = readFileSync(fileURLToPath(new URL('../images/builder.Dockerfile', import.meta.url)), 'utf8');
const label = 'twinhull.lab.recipe';
const recipe = createHash('sha256').update(dockerfile).digest('hex').slice(0, 16);

/** The image of builder containers, in the engine's own store. */
export const builderImagePart: Part = {
  name: 'builder image',
  needs: ['engine', debianPartName(nativePlatform)],

  async check({ facts }) {
    const format = `{{index .Config.Labels "${label}"}}`;
    const found = await tryDocker(facts.get('engineHost'), ['image', 'inspect', '--format', format, builderReference]);
    if (found === undefined) return 'not on the engine';
    return found.trim() === recipe ? undefined : 'built from another recipe';
  },

  async start(context) {
    const host = context.facts.get('engineHost');
    context.journal.record({ kind: 'image', host, reference: builderReference });
    const args = [
      ...['--host', host, 'build', '--quiet', '--pull', '--platform', nativePlatform, '--tag', builderReference],
      ...['--label', `${label}=${recipe}`, '--build-arg', `BASE=${nativeDebianReference(context)}`, '-'],
    ];
    await run(dockerClient(), args, { input: dockerfile, env: { DOCKER_BUILDKIT: '1' } });
  },
};
