import { randomBytes } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { openRegistry } from '../../src/adapters/registry/oci-registry.ts';
import { stagingTag } from '../../src/domain/plan.ts';
import { readRecorded } from '../helpers/builder-images.ts';
import { BuilderBed, type EndedJob } from '../helpers/builder-jobs.ts';
import { dockerfileStep, scriptStep } from '../helpers/builder-steps.ts';

const password = `canary-password-${randomBytes(8).toString('hex')}`;
const buildSecret = `canary-secret-${randomBytes(8).toString('hex')}`;

/** Searches every place where a token might be, as curious code of a repository would. */
const curious = `
cat .git/config; git config --list; git remote -v; git log -1
env; cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline | tr '\\0' '\\n'
ls -laR /run/twinhull; cat /run/twinhull/* /dev/shm/twinhull/* /tmp/twinhull/bin/*
for askpass in /tmp/twinhull/bin/askpass "$GIT_ASKPASS"; do
  "$askpass" "Password for 'https://x-access-token@\${1}': "
done
grep -rl "$(echo "$2" | tr a-z A-Z)" /run /tmp/twinhull /dev/shm 2>/dev/null
git fetch origin 2>&1
echo "looked everywhere"
docker build -t "$3/$4:$5" . && docker push "$3/$4:$5"
`;

describe('the secrets of a job', () => {
  let bed: BuilderBed;
  let job: EndedJob;
  let container: string;
  beforeAll(async () => {
    bed = await BuilderBed.open();
    const source = await bed.repository({
      'curious.sh': curious,
      Dockerfile: `FROM ${bed.lab.images.busybox}\nCOPY . /all\nRUN env >/env\n`,
      'secret/Dockerfile': `FROM ${bed.lab.images.busybox}\nRUN --mount=type=secret,id=npm : ${bed.name} && wc -c /run/secrets/npm\n`,
    });
    const host = new URL(source.url).host;
    const running = await bed.start({
      ...source,
      image: await bed.image('instrumented'),
      credentials: { username: 'robot', password },
      secrets: { npm: buildSecret },
      steps: [
        dockerfileStep('secret', {
          build: { dockerfile: { path: 'secret/Dockerfile' }, secrets: ['npm'], cache: true },
        }),
        scriptStep('task', 'curious.sh', {
          build: { arguments: [host, 'x', '{registry}', '{repository}', '{tag}'] },
          verify: [['true']],
        }),
      ],
    });
    container = JSON.stringify(await running.container.inspect());
    job = await running.ended();
    container += JSON.stringify(await running.container.inspect());
    return async () => await bed.dispose();
  });

  function expectNoSecret(text: string): void {
    for (const secret of [bed.token, password, buildSecret]) {
      expect(text).not.toContain(secret);
      expect(text).not.toContain(Buffer.from(secret).toString('base64').replace(/=+$/, ''));
      expect(text).not.toContain(Buffer.from(secret).toString('hex'));
    }
    for (const user of ['x-access-token', 'robot']) {
      const login = `${user}:${user === 'robot' ? password : bed.token}`;
      expect(text).not.toContain(Buffer.from(login).toString('base64').replace(/=+$/, ''));
    }
  }

  it('were available to the build', () => {
    expect(job.exitCode).toBe(0);
    expect(job.log).toContain('looked everywhere');
    expect(job.log).toContain(`${buildSecret.length} /run/secrets/npm`);
  });

  it('appear in no log, not even where the repository reads them', () => {
    expectNoSecret(job.log);
  });

  it('appear in no engine data about the container', () => {
    expect(container).toContain('TWINHULL_COMMIT');
    expectNoSecret(container);
  });

  it('appeared in no argument and no environment of git and docker', async () => {
    const recorded = await readRecorded(job.container);
    const tools = new Set(recorded.map(({ command }) => command[0]));
    expect([...tools].sort()).toEqual(['docker', 'git']);
    expect(recorded.map(({ text }) => text).join('\n')).toContain('TWINHULL_COMMIT=');
    expectNoSecret(recorded.map(({ text }) => text).join('\n'));
  });

  it('left no file in the container', async () => {
    for (const path of ['/run/twinhull/git-token', '/run/twinhull/registry-credentials', '/run/twinhull/secrets'])
      await expect(job.container.getArchive({ path })).rejects.toThrow(/404/);
    for (const path of ['/run', '/tmp', '/root', '/dev/shm']) {
      const chunks: Buffer[] = [];
      for await (const chunk of await job.container.getArchive({ path })) chunks.push(chunk as Buffer);
      expectNoSecret(Buffer.concat(chunks).toString('latin1'));
    }
  });

  it('appear in no manifest, history or layer of the images', async () => {
    const registry = openRegistry(bed.destination);
    for (const image of ['secret', 'task']) {
      const manifest = await registry.getManifest(stagingTag(image, 'linux/amd64', job.key));
      const { config, layers } = JSON.parse(manifest?.bytes.toString() ?? '') as Record<
        'config',
        { digest: string }
      > & {
        layers: { digest: string }[];
      };
      expectNoSecret(String(await blob(bed, config.digest)));
      for (const layer of layers) expectNoSecret(gunzipSync(await blob(bed, layer.digest)).toString('latin1'));
    }
    await registry.close();
  });
});

async function blob(bed: BuilderBed, digest: string): Promise<Buffer> {
  const [host, ...path] = bed.destination.split('/');
  const response = await fetch(`http://${host}/v2/${path.join('/')}/blobs/${digest}`);
  if (!response.ok) throw new Error(`${digest}: ${response.status}`);
  return Buffer.from(await response.arrayBuffer());
}
