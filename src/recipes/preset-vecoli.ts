import * as z from 'zod';
import { defaultBaseArgument } from '../domain/recipe.ts';
import { plainText, repositoryPath, strictObject } from './field-rules.ts';
import type { Preset } from './preset.ts';

/**
 * The standalone distribution: unlike the self-installing launcher it downloads nothing when it first runs, so that the
 * checksum covers all of it. Version 24.10 runs on Java 11 to 23, so on any `default-jre-headless`.
 */
const defaultNextflow = {
  version: '24.10.5',
  sha256: '79c7601a7d8d6f77dd9393377da453cd1ab59e821fa41324badcdd5dfc54855b',
};

const nextflow = strictObject({
  version: z
    .string({ error: 'expected a version in quotes, such as "24.10.5"' })
    .regex(/^\d+(?:\.\d+){1,3}(?:-[A-Za-z0-9.]+)?$/, { error: 'a version is written like 24.10.5' })
    .default(defaultNextflow.version)
    .describe('Version of Nextflow.'),
  url: z
    .string()
    .max(512)
    .regex(/^https?:\/\/[A-Za-z0-9][A-Za-z0-9._~:/%+-]*$/, {
      error: 'expected an http(s) URL without user name, password or query',
    })
    .optional()
    .describe('Where the launcher is downloaded. Default: the standalone distribution of that version on GitHub.'),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, { error: 'expected 64 hexadecimal digits in lower case' })
    .optional()
    .describe('SHA-256 of the launcher. Needed with any other version or url than the default.'),
})
  .refine(
    ({ version, url, sha256 }) => sha256 !== undefined || (version === defaultNextflow.version && url === undefined),
    {
      path: ['sha256'],
      error: 'is missing: with another version or url, give the checksum of the launcher too (sha256sum)',
    },
  )
  .describe('The launcher installed in the submit image.');

const options = strictObject({
  script: repositoryPath
    .default('runscripts/container/build-and-push-ecr.sh')
    .describe('Path of the script that builds the task image; called with -i TAG -r REPOSITORY -R REGION.'),
  user: plainText.default('sms-api').describe('Value of USER for the script.'),
  java: z
    .string()
    .regex(/^[a-z0-9][a-z0-9+.-]*$/, { error: 'expected the name of a Debian package' })
    .default('default-jre-headless')
    .describe('Debian package of the Java runtime in the submit image.'),
  javaImage: z
    .string()
    .max(512)
    .regex(/^[A-Za-z0-9][A-Za-z0-9._:@/-]*$/, { error: 'expected the name of an image' })
    .default('debian:bookworm-slim')
    .describe(
      'Image that Java is installed in, with apt-get; its C library must not be newer than that of the task image.',
    ),
  nextflow: nextflow.prefault({}),
  platformTags: z
    .boolean()
    .default(false)
    .describe(
      'Whether to publish {commit}-arm64, {commit}-amd64 and {commit}-amd64-submit too, for a deployment that pulls by those names.',
    ),
});

/** Folder of the runtime in the submit image. At the root, so that no folder of the base is in the same layer. */
const runtime = '/nextflow';

/**
 * The stage `runtime` is built once: its one layer is the same in the submit image of every commit, so that it is
 * uploaded once. Beside Java are the libraries that it loads, except those of libc, which the base has.
 *
 * The values are passed as build arguments, never as text of the Dockerfile. No `# syntax=`, which would be fetched.
 */
const submitDockerfile = `ARG ${defaultBaseArgument}
ARG RUNTIME_IMAGE=runtime
ARG JAVA_IMAGE
FROM \${JAVA_IMAGE} AS tools
ARG JAVA_PACKAGE
RUN mkdir -p /usr/share/man/man1 /out${runtime}/bin && apt-get update \\
 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "\${JAVA_PACKAGE}" \\
 && java=$(readlink -f "$(command -v java)") && java=\${java%/bin/java} \\
 && find "$java" -xtype l -delete && cp -RLp "$java" /out${runtime}/java && cd /out${runtime}/java \\
 && find . -type f \\( -name '*.so' -o -path './bin/*' \\) -exec ldd {} + | sed -n 's/.*=> \\(\\/[^ ]*\\) .*/\\1/p' | sort -u \\
 | grep -Ev "^$PWD|/(libc|libm|libdl|librt|libpthread|ld-linux[^/]*)\\.so" | xargs -r -I{} cp -L {} lib/
ARG NEXTFLOW_URL
ARG NEXTFLOW_SHA256
ADD \${NEXTFLOW_URL} /launcher
RUN echo "\${NEXTFLOW_SHA256}  /launcher" | sha256sum -c - && install -m 755 /launcher /out${runtime}/bin/nextflow \\
 && echo "workflow { println 'ready' }" >/out${runtime}/check.nf
FROM scratch AS runtime
COPY --from=tools /out /
FROM \${RUNTIME_IMAGE} AS ready
FROM \${${defaultBaseArgument}}
USER root
COPY --link --from=ready / /
RUN mkdir -p /usr/local/bin && ln -sf ${runtime}/java/bin/java ${runtime}/bin/nextflow /usr/local/bin/
ARG NEXTFLOW_VERSION
ENV NXF_VER=\${NEXTFLOW_VERSION} NXF_DISABLE_CHECK_LATEST=true
ENTRYPOINT []
CMD ["nextflow", "-version"]
`;

/** vEcoli: the task image by the repository's own script, and based on it the submit image that starts the workflow. */
export const presetVecoli: Preset<typeof options> = {
  name: 'vecoli',
  version: 2,
  description:
    'the task image by runscripts/container/build-and-push-ecr.sh; on it, for amd64, the submit image with Java and Nextflow',
  options,
  images: ({ script, user, java, javaImage, nextflow: launcher, platformTags }) => ({
    task: {
      platforms: ['linux/arm64', 'linux/amd64'],
      script: { path: script, args: ['-i', '{tag}', '-r', '{repository}', '-R', '{region}'], env: { USER: user } },
      tags: ['{commit}', ...(platformTags ? ['{commit}-{platform}'] : [])],
    },
    submit: {
      from: 'task',
      platforms: ['linux/amd64'],
      dockerfile: {
        inline: submitDockerfile,
        args: {
          JAVA_IMAGE: javaImage,
          JAVA_PACKAGE: java,
          NEXTFLOW_VERSION: launcher.version,
          NEXTFLOW_URL: launcher.url ?? releaseUrl(launcher.version),
          NEXTFLOW_SHA256: launcher.sha256 ?? defaultNextflow.sha256,
        },
        once: { RUNTIME_IMAGE: 'runtime' },
      },
      verify: [
        ['java', '-version'],
        ['nextflow', '-version'],
        ['sh', '-c', `cd /tmp && NXF_OFFLINE=true exec nextflow run ${runtime}/check.nf`],
      ],
      tags: ['{commit}-submit', ...(platformTags ? ['{commit}-{platform}-submit'] : [])],
    },
  }),
};

function releaseUrl(version: string): string {
  return `https://github.com/nextflow-io/nextflow/releases/download/v${version}/nextflow-${version}-dist`;
}
