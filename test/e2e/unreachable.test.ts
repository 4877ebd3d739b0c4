import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ErrorCode } from '../../src/domain/errors/catalogue.ts';
import { E2eBed } from '../helpers/e2e-bed.ts';
import { oneImage } from '../helpers/e2e-recipes.ts';
import { expectNoStackTrace, expectRefusal } from '../helpers/expect-refusal.ts';
import { builderWithout } from '../helpers/poor-builders.ts';

describe.concurrent('a build with a missing dependency', () => {
  let bed: E2eBed;
  let source: readonly string[];
  let commit: string;
  const images: string[] = [];

  beforeAll(async () => {
    bed = await E2eBed.open();
    const created = await bed.repository({ Dockerfile: `FROM ${bed.lab.images.busybox}\nLABEL bed=${bed.name}\n` });
    commit = created.commit;
    source = ['--repository', created.url, '--recipe', await bed.file(oneImage())];
  });

  afterAll(async () => {
    await bed.dispose();
    for (const image of images) await bed.docker.getImage(image).remove({ force: true });
  });

  const nowhere = '127.0.0.1:1';

  /** A driver applies its own settings to all builds of its store: other settings need another store. */
  const apart = (name: string) => ({ TWINHULL_STATE_DIR: join(bed.folder, `state-${name}`) });

  it.each<{
    what: string;
    env: Record<string, string | undefined>;
    exitCode: 2 | 3;
    code: ErrorCode;
    contains: string;
  }>([
    {
      what: 'no engine at the socket',
      env: { DOCKER_HOST: 'unix:///nonexistent/docker.sock' },
      exitCode: 3,
      code: 'EngineUnreachable',
      contains: 'there is no such socket: start the engine',
    },
    {
      what: 'no engine at the address',
      env: { DOCKER_HOST: `tcp://${nowhere}` },
      exitCode: 3,
      code: 'EngineUnreachable',
      contains: 'the connection was refused',
    },
    {
      what: 'no engine for one of the platforms',
      env: { TWINHULL_DOCKER_HOST_ARM64: `tcp://${nowhere}` },
      exitCode: 3,
      code: 'EngineUnreachable',
      contains: `tcp://${nowhere}`,
    },
    {
      what: 'no emulation, because it is refused',
      env: { TWINHULL_EMULATION: 'refuse' },
      exitCode: 2,
      code: 'EngineUnsuitable',
      contains: 'cannot build linux/arm64: it is linux/amd64, and emulation is refused',
    },
    {
      what: 'no registry',
      env: { TWINHULL_DESTINATION: `${nowhere}/acme/model` },
      exitCode: 3,
      code: 'RegistryUnreachable',
      contains: 'the connection was refused',
    },
    {
      what: 'no registry of that name',
      env: { TWINHULL_DESTINATION: 'registry.invalid/acme/model' },
      exitCode: 3,
      code: 'RegistryUnreachable',
      contains: 'registry.invalid',
    },
    {
      what: 'no trust in the git server',
      env: { TWINHULL_GIT_CA_FILE: undefined },
      exitCode: 3,
      code: 'GitUnreachable',
      contains: 'if a private CA signed its certificate, name the CA in TWINHULL_GIT_CA_FILE',
    },
    {
      what: 'no token',
      env: { TWINHULL_GIT_TOKEN_FILE: undefined },
      exitCode: 2,
      code: 'GitAccessDenied',
      contains: 'set TWINHULL_GIT_TOKEN_FILE',
    },
    {
      what: 'no builder image',
      env: { TWINHULL_BUILDER_IMAGE: `${nowhere}/builder:1` },
      exitCode: 2,
      code: 'BuilderImageMissing',
      contains: 'set TWINHULL_BUILDER_IMAGE to an image with docker, git and bash',
    },
  ])('has $what: is refused before it starts', async ({ env, exitCode, code, contains }) => {
    expectRefusal(await bed.run(['build', ...source, '--ref', 'main'], { env }), exitCode, code, contains);
  });

  it('has no git server: is refused before it starts', async () => {
    const words = ['build', '--repository', `https://${nowhere}/x.git`, '--ref', 'main', ...source.slice(2)];
    expectRefusal(await bed.run(words), 3, 'GitUnreachable', 'cannot read https://127.0.0.1:1/x.git');
  });

  it('has a token that the git server refuses: reports it, and never prints the token', async () => {
    const token = `wrong_${bed.name}`;
    const env = { TWINHULL_GIT_TOKEN_FILE: await bed.file(token, 'token') };
    const refused = await bed.run(['build', ...source, '--ref', 'main'], { env });
    expectRefusal(refused, 2, 'GitAccessDenied', 'the git server refused the token');
    // The full commit is known: only the builder contacts the git server.
    const built = await bed.run(['build', ...source, '--ref', commit], {
      env: { ...env, ...apart('wrong-token') },
    });
    expect(built.exitCode).toBe(1);
    expect(built.stderr).toContain('the git server does not let this token read the repository');
    expect(built.stderr).toMatch(/phase +clone\n/);
    expect(built.stderr).toMatch(/reason +token-rejected\n/);
    expect(refused.stderr + built.stderr).not.toContain(token);
  });

  it('has no such commit: fails in phase clone', async () => {
    const missing = `${commit.slice(0, 30)}${'0'.repeat(10)}`;
    const ran = await bed.run(['build', ...source, '--ref', missing]);
    expect(ran.exitCode).toBe(1);
    expect(ran.stderr.replace(/\s+/g, ' ')).toContain(
      `failed in phase clone with exit code 1: the repository has no commit ${missing}`,
    );
    expect(ran.stderr).toContain('push the commit to the repository first');
  });

  it('has no BuildKit: fails in phase engine', async () => {
    const image = await builderWithout.buildkit(bed);
    images.push(image);
    const env = { TWINHULL_BUILDER_IMAGE: image, ...apart('buildkit') };
    const ran = await bed.run(['build', ...source, '--ref', 'main'], { env });
    expect(ran.exitCode).toBe(1);
    expect(ran.stderr).toMatch(/phase +engine\n/);
    expect(ran.stderr).toMatch(/reason +no-buildkit\n/);
    expect(ran.stderr.replace(/\s+/g, ' ')).toContain(
      'use a docker client with BuildKit: 20.10 to 22, or a later one with the buildx plugin',
    );
    expectNoStackTrace(ran);
  });

  it('lacks a required program in the builder image: fails in phase tools', async () => {
    const image = await builderWithout.git(bed);
    images.push(image);
    const env = { TWINHULL_BUILDER_IMAGE: image, TWINHULL_MAX_ATTEMPTS: '1', ...apart('git') };
    const ran = await bed.run(['build', ...source, '--ref', 'main'], { env });
    expect(ran.exitCode).toBe(1);
    expect(ran.stderr.replace(/\s+/g, ' ')).toContain('failed in phase tools with exit code 127');
    expect(ran.stderr).toContain('the builder image lacks git');
  });

  it('has no emulation on the engine: the hint explains how to enable it', async () => {
    // The engine's message without a registered interpreter; registration would affect the whole machine.
    const { url } = await bed.repository({
      Dockerfile: `FROM ${bed.lab.images.busybox}\nCOPY foreign /foreign\nRUN ["/foreign"]\n`,
      foreign: { mode: '100755', content: foreignProgram() },
    });
    const ran = await bed.run(['build', '--repository', url, '--ref', 'main', ...source.slice(2)]);
    expect(ran.exitCode).toBe(1);
    expect(ran.stderr).toContain('exec format error');
    expect(ran.stderr.replace(/\s+/g, ' ')).toContain('enable emulation (see `twinhull doctor`)');
  });

  it('has a proxy that is down: the error names it', async () => {
    const proxy = `http://${nowhere}`;
    const words = ['plan', '--repository', 'https://git.invalid/x.git', '--ref', 'main', ...source.slice(2)];
    const ran = await bed.run(words, { env: { HTTPS_PROXY: proxy, https_proxy: proxy } });
    expectRefusal(ran, 3, 'GitUnreachable', /127\.0\.0\.1|proxy/i);
  });
});

/** An ELF file for a machine that is not emulated here (SPARC). */
function foreignProgram(): Buffer {
  const header = Buffer.alloc(64);
  header.write('\x7fELF', 'latin1');
  header.set([1, 2, 1], 4);
  header.writeUInt16BE(2, 16);
  header.writeUInt16BE(2, 18);
  header.writeUInt32BE(1, 20);
  return header;
}
