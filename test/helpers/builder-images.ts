import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { finished, pipeline } from 'node:stream/promises';
import type Docker from 'dockerode';
import { extract, pack } from 'tar-stream';
import type { Lab } from '../../lab/lab.ts';

/**
 * Wraps a tool: records its arguments and environment in /recorded, hangs at the word that TEST_HOLD names (as in `git
 * fetch`), then runs the real tool. `aws` and `apk` are stubs, because there is no AWS and no Alpine. TEST_CLIENT is
 * the version that docker prints; the first TEST_LOST_LISTS lists of all images fail, as with the containerd store
 * while another job removes an image.
 */
const instrument = `#!/bin/sh
name=\${0##*/}
mkdir -p /recorded
{ printf '%s\\n' "$name" "$@" '--end of arguments--'; tr '\\0' '\\n' </proc/$$/environ; } >"/recorded/$name.$$"
for word; do
  if [ "$name $word" = "\${TEST_HOLD-}" ]; then
    echo "holding $TEST_HOLD" >/proc/1/fd/1 # the log, even where our own output is read
    exec sleep "\${TEST_SLEEP-600}"
  fi
done
case "$name $*" in
  'apk add '*) cp /hidden/* /usr/local/bin/; exit ;;
  *get-secret-value*) cat /dev/shm/twinhull/secrets/aws-answer; exit ;;
  *get-login-password*) echo password; exit ;;
  *describe-repositories*) echo "  \\"repositoryUri\\": \\"$TWINHULL_REGISTRY_HOST/$TWINHULL_REGISTRY_PATH\\""; exit ;;
  aws*) exit 255 ;;
  'docker image prune '* | 'docker builder prune '*) exit ;; # the engine is not the tests' own
  'docker ps -q --no-trunc') [ -z "\${TEST_ALONE-}" ] || exec "/usr/bin/$name" "$@" --filter "id=$(cat /etc/hostname)" ;;
  'docker image ls --format '*)
    printf x >>/lists
    [ "$(wc -c </lists)" -gt "\${TEST_LOST_LISTS-0}" ] || { echo 'NotFound: content digest sha256:0: not found' >&2; exit 1; } ;;
  'docker --version') [ -z "\${TEST_CLIENT-}" ] || { echo "Docker version $TEST_CLIENT"; exit; } ;;
esac
exec "/usr/bin/$name" "$@"
`;

const instrumented = (base: string): string => `FROM ${base}
COPY instrument /instruments/docker
COPY instrument /instruments/git
COPY instrument /instruments/aws
ENV PATH=/instruments:/usr/local/bin:/usr/bin:/bin
`;

/** An Alpine environment: BusyBox's applets first in PATH, ash as sh; git, bash and aws are installed by apk. */
const alpineLike = (base: string): string => `FROM ${base}
COPY busybox /bb/busybox
RUN /bb/busybox --install -s /bb && mkdir /hidden && mv /usr/bin/git /usr/bin/bash /hidden/
COPY instrument /instruments/apk
COPY instrument /hidden/aws
ENV PATH=/instruments:/bb:/usr/local/bin:/usr/bin:/bin
`;

const withLfs = (base: string): string => `FROM ${base}
RUN apt-get update && apt-get install -y --no-install-recommends git-lfs && rm -rf /var/lib/apt/lists/*
`;

/** Builder images for tests, on the lab's engine. `tag` must be unique. */
export const builderImages = {
  instrumented: (docker: Docker, lab: Lab, tag: string) => build(docker, tag, instrumented(lab.images.builder)),
  withLfs: (docker: Docker, lab: Lab, tag: string) => build(docker, tag, withLfs(lab.images.builder)),
  /** Of the lab's AWS. */
  awsWithLfs: (docker: Docker, lab: Lab, tag: string) => build(docker, tag, withLfs(lab.aws?.builderImage ?? '')),
  withoutBuildx: (docker: Docker, lab: Lab, tag: string) =>
    build(docker, tag, `${instrumented(lab.images.builder)}RUN rm -rf /usr/libexec/docker/cli-plugins\n`),
  alpineLike: (docker: Docker, lab: Lab, tag: string) => build(docker, tag, alpineLike(lab.images.builder)),
};

export interface Recorded {
  /** The tool's name, then its arguments. */
  readonly command: readonly string[];
  readonly text: string;
}

/** What the wrapped tools of an ended job recorded. */
export async function readRecorded(container: Docker.Container): Promise<readonly Recorded[]> {
  const archive = extract();
  const reading = pipeline(await container.getArchive({ path: '/recorded' }), archive);
  const recorded: Recorded[] = [];
  for await (const entry of archive) {
    const content = await text(entry);
    const end = content.indexOf('\n--end of arguments--\n');
    if (entry.header.type === 'file') recorded.push({ command: content.slice(0, end).split('\n'), text: content });
  }
  await reading;
  return recorded;
}

async function build(docker: Docker, tag: string, dockerfile: string): Promise<string> {
  const context = pack();
  context.entry({ name: 'Dockerfile' }, dockerfile);
  context.entry({ name: 'instrument', mode: 0o755 }, instrument);
  context.entry({ name: 'busybox', mode: 0o755 }, await readFile('/usr/bin/busybox'));
  context.finalize();
  const progress = await docker.buildImage(Readable.from([await buffer(context)]), { t: tag });
  let output = '';
  progress.on('data', (data) => {
    output += String(data);
  });
  await finished(progress);
  if (output.includes('errorDetail')) throw new Error(output);
  return tag;
}
