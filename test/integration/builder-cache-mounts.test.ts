import { beforeAll, describe, it } from 'vitest';
import { BuilderBed } from '../helpers/builder-jobs.ts';
import { dockerfileStep, scriptStep } from '../helpers/builder-steps.ts';

/** Lists what earlier builds left in a cache mount, then leaves a file there. */
const dockerfile = (busybox: string, id: string, mark: string): string =>
  `FROM ${busybox}\nRUN --mount=type=cache,id=${id},target=/cache echo "found: $(ls /cache | tr '\\n' ' ')."; touch /cache/${mark}\n`;

describe('BuildKit’s cache mounts, which an engine shares by id', () => {
  let bed: BuilderBed;
  beforeAll(async () => {
    bed = await BuilderBed.open();
    return async () => await bed.dispose();
  });

  it('are private to one repository, for Dockerfiles and for scripts that call docker build', async ({ expect }) => {
    const id = `${bed.name}-cache`;
    const { busybox } = bed.lab.images;
    const script =
      'set -- "$1/$2:$3"\nDOCKER_BUILDKIT=1 docker build --progress=plain -t "$1" . && docker push -q "$1"\n';
    const files = (mark: string) => ({ Dockerfile: dockerfile(busybox, id, mark), 'build.sh': script });
    const [mine, theirs] = [await bed.repository(files('mine')), await bed.repository(files('theirs'))];
    const byScript = scriptStep('again', 'build.sh', { build: { arguments: ['{registry}', '{repository}', '{tag}'] } });

    const inline = { dockerfile: { inline: dockerfile(busybox, id, 'more') } };
    const first = await bed.run({
      ...mine,
      steps: [dockerfileStep('task'), dockerfileStep('next', { build: inline })],
    });
    expect(first.log).toMatch(/found: \./);
    expect(first.log).toMatch(/found: mine \./);

    const other = await bed.run({ ...theirs, steps: [dockerfileStep('task'), byScript] });
    expect(other.exitCode, other.log).toBe(0);
    expect(other.log).not.toMatch(/found: .*mine/);
    // The script's build of another image of that repository finds what its Dockerfile step left.
    const scripted = await bed.run({ ...theirs, steps: [byScript] });
    expect(scripted.exitCode, scripted.log).toBe(0);
    expect(scripted.log).not.toMatch(/found: .*mine/);
  });
});
