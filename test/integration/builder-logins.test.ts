import { beforeAll, describe, expect, it } from 'vitest';
import { readRecorded } from '../helpers/builder-images.ts';
import { BuilderBed } from '../helpers/builder-jobs.ts';
import { dockerfileStep, scriptStep } from '../helpers/builder-steps.ts';
import { pullForPlatform } from '../helpers/platform-image.ts';
import { type RegistryServer, startRegistry } from '../helpers/registry-server.ts';

describe('a base image in a registry that requires a login', () => {
  let bed: BuilderBed;
  let registry: RegistryServer;
  let base: string;
  beforeAll(async () => {
    bed = await BuilderBed.open();
    registry = await startRegistry({ variant: 'basic' });
    base = `${registry.host}/${bed.name}/base`;
    const native = await pullForPlatform(bed.docker, bed.lab.images.busybox, 'linux/amd64');
    await bed.docker.getImage(native).tag({ repo: base, tag: '1' });
    const { username, password } = registry.credentials ?? { username: '', password: '' };
    const authconfig = { username, password, serveraddress: registry.host };
    const pushed = await bed.docker.getImage(`${base}:1`).push({ authconfig });
    await new Promise((resolve) => bed.docker.modem.followProgress(pushed, resolve));
    await bed.docker.getImage(`${base}:1`).remove();
    return async () => {
      await bed.dispose();
      await registry.stop();
    };
  });

  const logins = () => ({ [registry.host]: registry.credentials ?? { username: '', password: '' } });

  it('is denied to a job without one, and the registry is named', async () => {
    const source = await bed.repository({ Dockerfile: `FROM ${base}:1\n` });
    const job = await bed.run({ ...source, steps: [dockerfileStep('app')] });
    expect(job.reason, job.log).toBe('base-refused');
    expect(job.log).toContain(`${registry.host} denies this job the base ${base}:1`);
  });

  it('is available to a job with one until its build ends, which appears in no environment, log or image', async () => {
    const source = await bed.repository({ Dockerfile: `FROM ${base}:1\nRUN env\n` });
    const count = (phase: string) =>
      `echo "logins at ${phase}: $(grep -c '${registry.host}' "$state/docker/config.json")"`;
    const script = (text: string) =>
      text
        .replace('\nbuild_dockerfile() {\n', `$&  ${count('build')}\n`)
        .replace('\npush_image() {\n', `$&  ${count('push')}\n`);
    const job = await bed.run({ ...source, steps: [dockerfileStep('app')], logins: logins(), script });
    expect(job.exitCode, job.log).toBe(0);
    expect(job.log.match(/^logins at .*$/gm)).toEqual(['logins at build: 1', 'logins at push: 0']);
    const { username, password } = registry.credentials ?? { username: '', password: '' };
    const encoded = Buffer.from(`${username}:${password}`).toString('base64');
    for (const text of [job.log, JSON.stringify(await job.container.inspect())]) expect(text).not.toContain(encoded);
    expect(job.marks).toContainEqual(expect.objectContaining({ verb: 'base', reference: `${base}:1` }));
  });

  it('is available to a script, together with the login of the destination', async () => {
    const build = 'set -eu\ndocker build -t "$2/$3:$1" .\ndocker push "$2/$3:$1"\n';
    const source = await bed.repository({ Dockerfile: `FROM ${base}:1\nRUN true\n`, 'build.sh': build });
    const step = scriptStep('app', 'build.sh', { build: { arguments: ['{tag}', '{registry}', '{repository}'] } });
    const credentials = { username: 'any', password: 'body' };
    const job = await bed.run({ ...source, steps: [step], logins: logins(), credentials });
    expect(job.exitCode, job.log).toBe(0);
  });

  it('is fetched from ECR by the region in the name of its host, at a FIPS endpoint too', async () => {
    const hosts = [
      '123456789012.dkr.ecr.us-gov-west-1.amazonaws.com',
      '123456789012.dkr.ecr-fips.us-gov-east-1.amazonaws.com',
    ];
    const source = await bed.repository({ Dockerfile: `FROM ${bed.lab.images.busybox}\n` });
    const variables = hosts.map((host, index) => [`TWINHULL_LOGIN_${index + 1}`, host] as const);
    const environment = { TWINHULL_LOGIN_COUNT: String(hosts.length), ...Object.fromEntries(variables) };
    const image = await bed.image('instrumented');
    const job = await bed.run({ ...source, steps: [dockerfileStep('app')], image, environment });
    expect(job.exitCode, job.log).toBe(0);
    const commands = (await readRecorded(job.container)).map(({ command }) => command.join(' '));
    expect(commands.filter((command) => command.startsWith('aws')).sort()).toEqual([
      'aws ecr get-login-password --region us-gov-east-1',
      'aws ecr get-login-password --region us-gov-west-1',
    ]);
  });
});
