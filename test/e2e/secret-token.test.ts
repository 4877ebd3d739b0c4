import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BuildJson } from '../../src/build-json/shapes.ts';
import { formsOf, makeCanary } from '../helpers/canary.ts';
import { E2eBed, type Ran } from '../helpers/e2e-bed.ts';
import { oneImage } from '../helpers/e2e-recipes.ts';
import { type GitServer, startGitServer } from '../helpers/git-server.ts';
import { build as buildImage } from '../helpers/poor-builders.ts';
import { type RecordingGitHost, startRecordingGitHost } from '../helpers/recording-git-host.ts';

const canary = makeCanary();
const otherCanary = makeCanary();
const wrongCanary = makeCanary();

describe('a git token', () => {
  let bed: E2eBed;
  let git: GitServer;
  let otherGit: GitServer;
  /** Two git hosts, each with a token, and one without a token. */
  let hosts: Readonly<Record<'own' | 'other' | 'strange', RecordingGitHost>>;
  let otherBuild: BuildJson;
  let ran: Ran;
  let build: BuildJson;
  /** What the recorders in place of git, docker and aws saw, in the builders and on the host. */
  const recorded: string[] = [];
  const inspected = new Map<string, string>();
  const cleanups: (() => Promise<unknown>)[] = [];

  beforeAll(async () => {
    bed = await E2eBed.open();
    git = await startGitServer(bed.lab, canary);
    otherGit = await startGitServer(bed.lab, otherCanary);
    hosts = {
      own: await startRecordingGitHost(bed.lab, git.url),
      other: await startRecordingGitHost(bed.lab, otherGit.url),
      strange: await startRecordingGitHost(bed.lab),
    };
    const collector = await startCollector(bed.lab.bridgeAddress, recorded);
    const builder = await buildImage(bed, recordingBuilder(bed.lab.images.builder), {
      recorder: recorder(collector.url),
    });
    const watching = await watchEngine(bed, inspected);
    cleanups.push(collector.stop, watching.stop, () => bed.docker.getImage(builder).remove({ force: true }));

    const { repository } = await bed.repository({
      'build.sh': nosyScript,
      Dockerfile: `FROM ${bed.lab.images.busybox}\nCOPY . /source\nRUN env; cat /proc/*/cmdline /proc/*/environ; ls /\n`,
    });
    const script = { path: 'build.sh', args: ['{registry}', '{repository}', '{tag}'] };
    const recipe = await bed.file(oneImage({ dockerfile: undefined, script }));
    const metadata = join(bed.folder, 'metadata.json');
    const source = ['--repository', `${hosts.own.url}/${repository.name}.git`, '--recipe', recipe];
    const credentials = `https://x-access-token:${encodeURIComponent(otherCanary)}@${hosts.other.host}/\n`;
    const env = {
      TWINHULL_GIT_TOKEN_FILE: git.tokenFile,
      TWINHULL_GIT_HOST: hosts.own.host,
      TWINHULL_GIT_CREDENTIALS_FILE: await bed.file(credentials, 'git-credentials'),
      TWINHULL_BUILDER_IMAGE: builder,
      PATH: `${await hostRecorders(bed.folder, collector.url)}:${process.env['PATH'] ?? ''}`,
    };
    const wrong = { ...env, TWINHULL_GIT_TOKEN_FILE: await bed.file(wrongCanary, 'wrong-token') };
    const commit = await repository.head();
    for (const reference of ['main', commit]) {
      const refused = await bed.run(['build', ...source, '--ref', reference, '--json'], { env: wrong });
      expect(refused.exitCode).toBe(reference === 'main' ? 2 : 1);
      inspected.set(`the refused build of ${reference}`, refused.stdout + refused.stderr);
    }
    ran = await bed.run(['build', ...source, '--ref', 'main', '--json', '--metadata-file', metadata], { env });
    expect(ran.exitCode, ran.stderr).toBe(0);
    build = JSON.parse(ran.stdout) as BuildJson;
    inspected.set('the metadata file', await readFile(metadata, 'utf8'));
    const { repository: second } = await bed.repository({
      Dockerfile: `FROM ${bed.lab.images.busybox}\nRUN env; echo other\n`,
    });
    const plain = await bed.file(oneImage());
    const at = (host: RecordingGitHost) => [
      '--repository',
      `${host.url}/${second.name}.git`,
      '--recipe',
      plain,
      '--ref',
    ];
    const builtThere = await bed.run(['build', ...at(hosts.other), 'main', '--json'], { env });
    expect(builtThere.exitCode, builtThere.stderr).toBe(0);
    otherBuild = JSON.parse(builtThere.stdout) as BuildJson;
    for (const reference of ['main', await second.head()]) {
      const refused = await bed.run(['build', ...at(hosts.strange), reference, '--json'], { env });
      expect(refused.exitCode).not.toBe(0);
      inspected.set(`the strange build of ${reference}`, refused.stdout + refused.stderr);
    }
    inspected.set('the other build', builtThere.stdout + builtThere.stderr);
  });

  afterAll(async () => {
    await bed.dispose();
    for (const cleanup of cleanups) await cleanup();
    for (const host of Object.values(hosts)) await host.stop();
    for (const server of [git, otherGit]) await server.stop();
  });

  function expectClean(where: string, content: string | Buffer): void {
    const found = [canary, otherCanary, wrongCanary].flatMap((secret) => formsOf(secret, content));
    expect(found, where).toEqual([]);
  }

  it('would be found by this search in any form', () => {
    const shifted = (by: number) => Buffer.from(`${'x'.repeat(by)}${canary} and more`).toString('base64');
    const forms = [canary, encodeURIComponent(canary), shifted(0), shifted(1), shifted(2)];
    const basic = Buffer.from(`x-access-token:${canary}`).toString('base64');
    for (const form of [...forms, basic, Buffer.from(canary).toString('hex')])
      expect(formsOf(canary, Buffer.from(`before ${form} after`))).not.toEqual([]);
  });

  it('authenticated the build', () => {
    expect(build.state).toBe('published');
    expect(ran.stderr).toContain('the script saw');
  });

  it('is sent only to its own host, and no token to a host without one', () => {
    expect(otherBuild.state).toBe('published');
    const logins = ({ logins }: RecordingGitHost) => new Set(logins());
    expect(logins(hosts.own)).toEqual(new Set([`x-access-token:${canary}`, `x-access-token:${wrongCanary}`]));
    expect(logins(hosts.other)).toEqual(new Set([`x-access-token:${otherCanary}`]));
    expect(hosts.strange.requests()).toBeGreaterThan(0);
    expect(hosts.strange.logins()).toEqual([]);
  });

  it('appears in no output, log or status', async () => {
    expectClean('stdout', ran.stdout);
    expectClean('stderr', ran.stderr);
    for (const { id } of await bed.builds()) {
      for (const words of [
        ['logs', id],
        ['logs', id, '--json'],
        ['status', id],
        ['status', id, '--json'],
      ]) {
        const { stdout, stderr } = await bed.run(words);
        expectClean(words.join(' '), stdout + stderr);
      }
    }
    const logs = await bed.run(['logs', build.id]);
    for (const dump of ['environment', '.git/config', 'processes', 'memory', 'inbox'])
      expect(logs.stdout.match(new RegExp(`the script saw: ${dump}$`, 'gm')), dump).toHaveLength(2);
    expect(logs.stdout).toContain('GIT_FETCH_FAILED');
  });

  it('appears in no file of the state folder', async () => {
    const files = await readdir(bed.stateFolder);
    expect(files).toContain('twinhull.db');
    for (const file of files) expectClean(file, await readFile(join(bed.stateFolder, file)));
  });

  it('appears neither in inspected containers and images, nor in the output of a failing build', () => {
    const kinds = [...inspected.keys()].map((name) => name.split(' ')[0]);
    // Two builders each for the refused and for the good build, and the images of the good one.
    expect(kinds.filter((kind) => kind === 'container').length).toBeGreaterThanOrEqual(4);
    expect(kinds.filter((kind) => kind === 'image').length).toBeGreaterThanOrEqual(2);
    for (const [name, content] of inspected) expectClean(name, content);
  });

  it('appears in no layer and no history of the pushed images', async () => {
    const images = await bed.registry.images();
    expect(images).toHaveLength(4);
    for (const { digest, config, layers = [] } of images) {
      const configuration = await bed.registry.blob(config?.digest ?? '');
      expect(configuration.toString()).toContain('"history"');
      expectClean(`configuration of ${digest}`, configuration);
      for (const layer of layers) {
        const bytes = await bed.registry.blob(layer.digest);
        expectClean(`layer ${layer.digest}`, bytes[0] === 0x1f ? gunzipSync(bytes) : bytes);
      }
    }
  });

  it('appears in no arguments and no environment of git, docker or aws', () => {
    const tools = recorded.map((one) => one.slice(0, one.indexOf('\n')));
    expect(new Set(tools)).toEqual(new Set(['docker', 'git', 'host-git']));
    expect(tools.filter((tool) => tool === 'git').length).toBeGreaterThan(10);
    for (const record of recorded) expectClean(`what ${record.slice(0, 200)} was given`, record);
  });
});

/** Sends the arguments and environment of itself and its callers, then runs the real tool. */
function recorder(url: string, name = '${0##*/}', folder = '/usr/bin'): string {
  return `#!/bin/bash
name=${name}
{
  printf '%s\\n' "$name" "$@"
  cat /proc/$$/environ /proc/$PPID/environ /proc/$PPID/cmdline
} 2>/dev/null | env -i /usr/bin/curl -s -o /dev/null --data-binary @- ${url}
exec ${folder}/"\${0##*/}" "$@"
`;
}

function recordingBuilder(base: string): string {
  return `FROM ${base}
COPY recorder /recorders/docker
COPY recorder /recorders/git
COPY recorder /recorders/aws
ENV PATH=/recorders:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
`;
}

async function hostRecorders(folder: string, url: string): Promise<string> {
  const recorders = join(folder, 'recorders');
  await mkdir(recorders);
  await writeFile(join(recorders, 'git'), recorder(url, 'host-git'));
  await chmod(join(recorders, 'git'), 0o755);
  return recorders;
}

/** A script of the repository that searches everywhere. */
const nosyScript = `echo "the script saw: environment"; env; export -p
echo "the script saw: .git/config"; cat .git/config; git config --list --show-origin; git remote -v; ls -laR .git | head -50
echo "the script saw: processes"
for file in /proc/[0-9]*/cmdline /proc/[0-9]*/environ; do tr '\\0' ' ' <"$file"; echo; done 2>/dev/null
echo "the script saw: memory"; find /dev/shm -type f | while read -r file; do echo "$file:"; cat "$file"; done
echo "the script saw: inbox"; find /run /tmp -type f -size -64k | while read -r file; do echo "$file:"; cat "$file"; done
git fetch -q origin main </dev/null || echo GIT_FETCH_FAILED
docker build --no-cache -t "$1/$2:$3" . && docker push "$1/$2:$3"
`;

async function startCollector(address: string, into: string[]) {
  const server = createServer((request, response) => {
    void text(request).then((record) => {
      into.push(record);
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, address, resolve));
  return {
    url: `http://${address}:${(server.address() as AddressInfo).port}/`,
    stop: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Inspects every new container and every image that gets one of our tags, while they exist. */
async function watchEngine({ docker, name }: E2eBed, into: Map<string, string>) {
  const events = await docker.getEvents({ filters: { type: ['container', 'image'], event: ['start', 'tag'] } });
  const looking: Promise<unknown>[] = [];
  const look = async (line: string): Promise<void> => {
    const { Type: type, Actor: actor } = JSON.parse(line) as { Type: string; Actor: { ID: string } };
    if (type === 'container')
      into.set(`container ${actor.ID}`, JSON.stringify(await docker.getContainer(actor.ID).inspect()));
    if (type !== 'image') return;
    const image = docker.getImage(actor.ID);
    const [facts, history] = [await image.inspect(), (await image.history()) as unknown];
    if (JSON.stringify(facts).includes(name)) into.set(`image ${actor.ID}`, JSON.stringify([facts, history]));
  };
  events.on('data', (data: Buffer) => {
    // A container or image that no longer exists cannot be inspected.
    for (const line of String(data).trim().split('\n')) looking.push(look(line).catch(() => undefined));
  });
  return {
    stop: async () => {
      (events as unknown as { destroy(): void }).destroy();
      await Promise.all(looking);
    },
  };
}
