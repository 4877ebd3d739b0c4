import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { BuildJson } from '../../src/build-json/shapes.ts';
import { E2eBed, type Ran } from '../helpers/e2e-bed.ts';

/** As anyone with a login that can push to the repository could: with the real client, bypassing the shim. */
const takeOver = `set -eu
first=$1/$2:staging-app-\${3#staging-second-}
client=$(sed -n 1p /dev/shm/twinhull/job)
"$client" build -q -t "$first" -f Dockerfile.other . && "$client" push -q "$first"
docker build -q -t "$1/$2:$3" . && docker push -q "$1/$2:$3"
`;

describe('a build whose first image’s staging tag is overwritten while its second image is built', () => {
  let bed: E2eBed;
  let ran: Ran;
  let build: BuildJson;

  beforeAll(async () => {
    bed = await E2eBed.open();
    const { url } = await bed.repository({
      Dockerfile: `FROM ${bed.lab.images.busybox}\nRUN echo ${bed.name} >/it\n`,
      'Dockerfile.other': `FROM ${bed.lab.images.busybox}\nRUN echo another ${bed.name} >/it\n`,
      'build.sh': takeOver,
    });
    const words = ['{registry}', '{repository}', '{tag}'];
    const recipe = await bed.file(
      stringify({
        version: 1,
        name: 'two',
        images: {
          app: { dockerfile: { cache: false }, platforms: ['linux/amd64'] },
          second: { script: { path: 'build.sh', args: words }, platforms: ['linux/amd64'] },
        },
      }),
    );
    ran = await bed.run(['build', '--repository', url, '--ref', 'main', '--recipe', recipe, '--json']);
    build = JSON.parse(ran.stdout || '{}') as BuildJson;
  });

  afterAll(() => bed.dispose());

  it('is refused with both manifests in the message', () => {
    expect(ran.exitCode, ran.stderr).toBe(1);
    expect(build).toMatchObject({ state: 'failed', failure: { code: 'StagingTagMoved', platform: 'linux/amd64' } });
    expect(build.failure?.message).toMatch(
      /staging-app-amd64-\S+ names sha256:\S+, but the linux\/amd64 job pushed sha256:/,
    );
  });

  it('publishes nothing', async () => {
    expect(await bed.registry.published()).toEqual([]);
    expect(build.tags).toEqual([]);
  });
});
