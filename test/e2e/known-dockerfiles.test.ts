import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { FileContent } from '../../lab/lab.ts';
import type { BuildJson } from '../../src/build-json/shapes.ts';
import { E2eBed } from '../helpers/e2e-bed.ts';
import { filesOf } from '../helpers/image-files.ts';

const platforms = [
  ['linux/arm64', 'arm64', 'aarch64'],
  ['linux/amd64', 'amd64', 'x86_64'],
] as const;

/** How Dockerfiles of well-known projects are built, on the lab's base instead of their own. */
describe('ten Dockerfiles structured like well-known ones', () => {
  let bed: E2eBed;
  let build: BuildJson;

  beforeAll(async () => {
    bed = await E2eBed.open();
    const { Version } = await bed.docker.version();
    // BuildKit of engines before 23 reads here-documents only with `# syntax=`, which needs Docker Hub.
    const files = repositoryFiles(bed.lab.images.busybox, Number.parseInt(Version, 10) >= 23);
    const { url } = await bed.repository(files);
    const recipe = await bed.file(stringify(recipeOf()));
    const ran = await bed.run(['build', '--repository', url, '--ref', 'main', '--recipe', recipe, '--json']);
    expect(ran.exitCode, ran.stderr).toBe(0);
    build = JSON.parse(ran.stdout) as BuildJson;
  });
  afterAll(() => bed.dispose());

  it('are built and published for both platforms', () => {
    expect(build.images).toHaveLength(20);
    expect(build.tags).toHaveLength(10);
  });

  it.each(platforms)('contain the files for %s', async (platform, arch, machine) => {
    const found = async (image: string): Promise<Record<string, string>> => {
      const built = build.images.find((one) => one.image === image && one.platform === platform);
      return Object.fromEntries(await filesOf(bed.registry, built?.digest ?? ''));
    };
    expect(await found('go')).toMatchObject({ target: `linux/${arch}\n` });
    expect(await found('node')).toMatchObject({ 'app/dist/index.js': 'page\nmodule\n' });
    expect(await found('database')).toMatchObject({ 'etc/version': '16.4\n' });
    expect(await found('cache')).toMatchObject({ 'etc/machine': `${machine} ${arch}\n` });
    expect(await found('python')).toMatchObject({ 'app/venv/lock': 'locked\n', 'app/main.py': 'print()\n' });
    expect(await found('dashboard')).toMatchObject({ 'usr/share/js': 'js of oss\n', 'usr/share/go': 'go of oss\n' });
    expect(await found('metrics')).toMatchObject({ 'bin/server': `server for ${arch}\n` });
    const api = await found('api');
    expect(api).toMatchObject({ 'src/wanted.log': 'x\n', 'src/main': 'x\n' });
    expect(Object.keys(api)).not.toContain('src/other.log');
    const web = await found('web');
    expect(web).toMatchObject({ 'site/index.html': 'hello\n' });
    expect(Object.keys(web)).not.toContain('site/secret.env');
    expect(await found('entry')).toMatchObject({ 'entry.sh': '#!/bin/sh\nexec "$@"\n' });
  });
});

function recipeOf(): object {
  const dockerfile = (more: object) => ({ dockerfile: { cache: false, ...more } });
  return {
    version: 1,
    name: 'known',
    images: {
      go: dockerfile({ path: 'go/Dockerfile', context: 'go' }),
      node: dockerfile({ path: 'node/Dockerfile', context: 'node', target: 'runner' }),
      database: dockerfile({ path: 'database/16/Dockerfile', context: 'database/16' }),
      cache: dockerfile({ path: 'cache.Dockerfile' }),
      python: dockerfile({ path: 'python/Dockerfile', context: 'python' }),
      dashboard: dockerfile({ path: 'dashboard.Dockerfile', args: { EDITION: 'oss' } }),
      metrics: dockerfile({ path: 'metrics/Dockerfile', context: 'metrics', args: { ARCH: '{arch}' } }),
      api: dockerfile({ path: 'services/api/Dockerfile', context: 'services/api' }),
      web: dockerfile({ path: 'docker/web.Dockerfile' }),
      entry: dockerfile({ path: 'entry.Dockerfile' }),
    },
  };
}

function repositoryFiles(base: string, hereDocuments: boolean): Record<string, FileContent> {
  return {
    'go/Dockerfile': `FROM --platform=$BUILDPLATFORM ${base} AS build
WORKDIR /src
COPY go.mod ./
ARG TARGETOS TARGETARCH
RUN --mount=type=cache,target=/root/.cache/go-build echo "$TARGETOS/$TARGETARCH" >/out
FROM ${base} AS programs
FROM scratch
COPY --from=programs /bin/busybox /bin/busybox
COPY --from=build /out /target
ENTRYPOINT ["/bin/busybox"]
`,
    'go/go.mod': 'module example\n',
    'node/Dockerfile': `FROM ${base} AS base
FROM base AS deps
WORKDIR /app
COPY package.json package-lock.json* ./
RUN --mount=type=cache,id=npm,target=/root/.npm mkdir node_modules && echo module >node_modules/x
FROM base AS builder
WORKDIR /app
COPY --from=deps /app/node_modules ./node_modules
COPY . .
RUN mkdir dist && cat pages/index.js node_modules/x >dist/index.js
FROM base AS runner
WORKDIR /app
ENV NODE_ENV=production
COPY --from=builder --chown=1000:1000 /app/dist ./dist
USER 1000
EXPOSE 3000
CMD ["cat", "dist/index.js"]
FROM base AS unwanted
RUN exit 1
`,
    'node/package.json': '{}\n',
    'node/pages/index.js': 'page\n',
    'database/16/Dockerfile': `FROM ${base}
RUN set -eux; mkdir -p /docker-entrypoint-initdb.d
ENV PG_MAJOR 16
ENV PG_VERSION 16.4
RUN set -eux; echo "$PG_VERSION" >/etc/version
VOLUME /var/lib/data
COPY docker-entrypoint.sh docker-ensure-initdb.sh /usr/local/bin/
RUN ln -s docker-ensure-initdb.sh /usr/local/bin/docker-enforce-initdb.sh
ENTRYPOINT ["docker-entrypoint.sh"]
STOPSIGNAL SIGINT
EXPOSE 5432
CMD ["postgres"]
`,
    'database/16/docker-entrypoint.sh': { mode: '100755', content: '#!/bin/sh\nexec "$@"\n' },
    'database/16/docker-ensure-initdb.sh': { mode: '100755', content: '#!/bin/sh\n' },
    'cache.Dockerfile': `FROM ${base}
RUN set -eux; \\
  machine="$(uname -m)"; \\
  case "$machine" in \\
    x86_64) arch=amd64 ;; \\
    aarch64) arch=arm64 ;; \\
    *) echo >&2 "unknown: $machine"; exit 1 ;; \\
  esac; \\
  echo "$machine $arch" >/etc/machine
HEALTHCHECK --interval=30s CMD true
`,
    'python/Dockerfile': `FROM ${base} AS builder
WORKDIR /app
RUN --mount=type=cache,target=/root/.cache/uv \\
    --mount=type=bind,source=uv.lock,target=uv.lock \\
    --mount=type=bind,source=pyproject.toml,target=pyproject.toml \\
    mkdir venv && cp uv.lock venv/lock
COPY main.py .
FROM ${base}
COPY --from=builder /app /app
ENV PATH="/app/venv/bin:$PATH"
`,
    'python/uv.lock': 'locked\n',
    'python/pyproject.toml': '[project]\n',
    'python/main.py': 'print()\n',
    'dashboard.Dockerfile': `ARG BASE=${base}
ARG JS_SRC=js-builder
ARG GO_SRC=go-builder
FROM --platform=$BUILDPLATFORM \${BASE} AS js-builder
ARG EDITION=enterprise
RUN echo "js of $EDITION" >/js
FROM \${BASE} AS go-builder
ARG EDITION=enterprise
RUN echo "go of $EDITION" >/go
FROM \${GO_SRC} AS go-src
FROM \${JS_SRC} AS js-src
FROM \${BASE}
COPY --from=go-src /go /usr/share/go
COPY --from=js-src /js /usr/share/js
`,
    'metrics/Dockerfile': `ARG ARCH="amd64"
FROM ${base}
LABEL maintainer="The authors"
ARG ARCH="amd64"
ARG OS="linux"
COPY .build/\${OS}-\${ARCH}/server /bin/server
`,
    'metrics/.build/linux-arm64/server': 'server for arm64\n',
    'metrics/.build/linux-amd64/server': 'server for amd64\n',
    'services/api/Dockerfile': `FROM ${base}\nCOPY . /src\n`,
    'services/api/.dockerignore': '*.log\n!wanted.log\nDockerfile\n.dockerignore\n',
    'services/api/wanted.log': 'x\n',
    'services/api/other.log': 'x\n',
    'services/api/main': 'x\n',
    'docker/web.Dockerfile': { mode: '120000', content: 'release/web.Dockerfile' },
    'docker/web.Dockerfile.dockerignore': '**\n!index.html\n',
    'docker/release/web.Dockerfile': `FROM ${base}\nCOPY . /site\n`,
    'index.html': 'hello\n',
    'secret.env': 'PASSWORD=x\n',
    'entry.Dockerfile': hereDocuments
      ? `FROM ${base}\nCOPY --chmod=755 <<"EOT" /entry.sh\n#!/bin/sh\nexec "$@"\nEOT\nRUN <<EOT\nset -eu\ntest -x /entry.sh\nEOT\n`
      : `FROM ${base}\nRUN printf '#!/bin/sh\\nexec "$@"\\n' >/entry.sh && chmod 755 /entry.sh\n`,
  };
}
