import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import type Docker from 'dockerode';
import { extract, pack } from 'tar-stream';
import { builderScript } from '../../src/builder/script.ts';

export interface DryRun {
  readonly exitCode: number;
  readonly log: string;
  /** The calls: a tool's name, then its arguments. */
  readonly calls: readonly (readonly string[])[];
}

export interface DryRuns {
  readonly runs: readonly DryRun[];
  /** Files at the root of the container that were created. */
  readonly made: readonly string[];
}

const digest = `sha256:${'0'.repeat(64)}`;

/** Stubs of git, docker and aws: record the arguments, and answer so that a job runs to its end. */
const stub = `#!/bin/sh
printf '%s\\0' "\${0##*/}" "$@" 'the call ends' >>"$RECORD"
case "\${0##*/} $* " in
  git*' checkout '*)
    echo 'FROM scratch' >Dockerfile
    printf '%s\\n' 'printf "%s\\0" script "VALUE=$VALUE" "$@" "the call ends" >>"$RECORD"' >build.sh ;;
  git*' cat-file -t '*) echo commit ;;
  git*' rev-parse '*) printenv TWINHULL_COMMIT ;;
  'docker version '*) echo engine linux/amd64 ;;
  docker*Architecture*) printenv TWINHULL_PLATFORM ;;
  docker*RepoDigests*) echo "$TWINHULL_REGISTRY_HOST/$TWINHULL_REGISTRY_PATH@${digest}" ;;
  docker*'{{.Id}} '*) echo ${digest} ;;
  docker*' build '*) echo "#1 [internal] load metadata for $TWINHULL_REGISTRY_HOST/$TWINHULL_REGISTRY_PATH@${digest}" >&2 ;;
  'docker pull '*) echo "Digest: ${digest}" ;;
  'docker push '*) echo "\${2##*:}: digest: ${digest} size: 1" ;;
  docker*' ls '* | 'docker ps '*) : ;;
  aws*) echo word ;;
esac
`;

const driver = `
for case in /dry/cases/*; do
  name=\${case##*/}
  rm -rf /run/twinhull && mkdir -p /run/twinhull
  /usr/bin/xargs -0 sh -c '
    name=$1; shift
    env -i "$@" RECORD="/dry/out/$name.calls" PATH="$DRY_PATH" "$DRY_SHELL" /dry/builder.sh
    echo "$?" >"/dry/out/$name.code"' x "$name" <"$case" >"/dry/out/$name.log" 2>&1
done
find / -xdev -maxdepth 1 -name '*pwned*' >/dry/out/made
find /tmp /run /dev/shm /root /dry/cases -name '*pwned*' >>/dry/out/made
`;

export interface DryRunOptions {
  /** In a builder image like Alpine: see builder-images.ts. */
  readonly image: string;
  readonly shell: 'dash' | 'ash';
  readonly labels: Readonly<Record<string, string>>;
}

/** Runs builder.sh once for each environment, sequentially in one container, on stubbed tools. */
export async function dryRun(
  docker: Docker,
  environments: readonly Readonly<Record<string, string>>[],
  { image, shell, labels }: DryRunOptions,
): Promise<DryRuns> {
  const system = shell === 'ash' ? '/bb:/usr/bin' : '/usr/bin';
  const container = await docker.createContainer({
    Image: image,
    Entrypoint: ['sh', '-c', driver],
    Env: [`DRY_PATH=/dry/bin:${system}`, `DRY_SHELL=${shell === 'ash' ? '/bb/ash' : '/usr/bin/dash'}`],
    Labels: labels,
    NetworkDisabled: true,
  });
  await container.putArchive(await files(environments), { path: '/' });
  await container.start();
  await container.wait();
  const out = await readOut(container);
  const runs = environments.map((_, index) => ({
    exitCode: Number(out.get(`${index}.code`)),
    log: out.get(`${index}.log`) ?? '',
    calls: (out.get(`${index}.calls`) ?? '')
      .split('the call ends\0')
      .slice(0, -1)
      .map((call) => call.split('\0').slice(0, -1)),
  }));
  return { runs, made: (out.get('made') ?? 'unknown').split('\n').filter((line) => line !== '') };
}

async function files(environments: readonly Readonly<Record<string, string>>[]): Promise<Buffer> {
  const tar = pack();
  for (const name of ['git', 'docker', 'aws']) tar.entry({ name: `dry/bin/${name}`, mode: 0o755 }, stub);
  tar.entry({ name: 'dry/bin/bash', type: 'symlink', linkname: '/hidden/bash' });
  tar.entry({ name: 'dry/builder.sh' }, await builderScript());
  tar.entry({ name: 'dry/out', type: 'directory', mode: 0o755 });
  environments.forEach((environment, index) => {
    const entries = Object.entries(environment).map(([name, value]) => `${name}=${value}\0`);
    tar.entry({ name: `dry/cases/${index}` }, entries.join(''));
  });
  tar.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of tar) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

async function readOut(container: Docker.Container): Promise<ReadonlyMap<string, string>> {
  const archive = extract();
  const reading = pipeline(await container.getArchive({ path: '/dry/out' }), archive);
  const out = new Map<string, string>();
  for await (const entry of archive) out.set(entry.header.name.replace(/^out\//, ''), await text(entry));
  await reading;
  return out;
}
