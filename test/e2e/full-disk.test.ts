import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { E2eBed } from '../helpers/e2e-bed.ts';
import { oneImage } from '../helpers/e2e-recipes.ts';
import { expectNoStackTrace, expectRefusal } from '../helpers/expect-refusal.ts';
import { mountSmallDisk, type SmallDisk } from '../helpers/small-disk.ts';

describe('a full disk under the state folder', () => {
  let bed: E2eBed;
  let disk: SmallDisk;

  beforeAll(async () => {
    bed = await E2eBed.open();
  });
  afterEach(() => disk.dispose());
  afterAll(() => bed.dispose());

  const stateOn = ({ folder }: SmallDisk) => ({ TWINHULL_STATE_DIR: join(folder, 'state') });

  it('refuses a build before it starts', async () => {
    disk = await mountSmallDisk('64k');
    await disk.fill();
    const { url } = await bed.repository({ Dockerfile: 'FROM scratch\n' });
    const recipe = await bed.file(oneImage());
    for (const words of [['build', '--repository', url, '--ref', 'main', '--recipe', recipe], ['list']]) {
      const ran = await bed.run(words, { env: stateOn(disk) });
      expectRefusal(ran, 3, 'StoreUnavailable', 'check that the folder can be written and has space');
    }
  });

  it('keeps a build that runs out of space midway, and publishes it once there is space', async () => {
    disk = await mountSmallDisk('700k');
    const env = stateOn(disk);
    // By a script, because BuildKit clips the output of steps.
    const { url, commit } = await bed.repository({
      Dockerfile: `FROM ${bed.lab.images.busybox}\n`,
      'build.sh': noisy,
    });
    const script = { path: 'build.sh', args: ['{registry}', '{repository}', '{tag}'] };
    const recipe = await bed.file(oneImage({ dockerfile: undefined, script }));
    const words = ['build', '--repository', url, '--ref', 'main', '--recipe', recipe];
    const struck = await bed.run(words, { env });
    expect(struck.exitCode).toBe(3);
    expect(struck.stderr).toContain('error: the build store failed: database or disk is full');
    expect(struck.stderr.replace(/\s+/g, ' ')).toContain('free some space on the disk that holds the state folder');
    expectNoStackTrace(struck);
    expect(await bed.registry.published()).toEqual([]);

    await disk.grow('20m');
    const rest = await bed.run(['reconcile', '--until-idle'], { env });
    expect(rest, rest.stderr).toMatchObject({ exitCode: 0, stdout: '' });
    const [build] = JSON.parse((await bed.run(['list', '--json'], { env })).stdout) as {
      id: string;
      state: string;
    }[];
    expect(build?.state).toBe('published');
    expect(await bed.registry.published()).toEqual([commit]);
    const { stdout } = await bed.run(['logs', '--platform', 'linux/amd64'], { env });
    const numbers = stdout.match(/^0{2990}\d+$/gm)?.map(Number);
    expect(numbers).toEqual(Array.from({ length: 400 }, (_, index) => index));
    expect(await bed.builders(build?.id ?? '')).toEqual([]);
  });
});

const noisy = `i=0
while [ "$i" -lt 400 ]; do
  printf '%03000d\\n' "$i"
  i=$((i + 1))
done
docker build -t "$1/$2:$3" . && docker push "$1/$2:$3"
`;
