import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { openRegistry, type RegistryOptions } from '../../src/adapters/registry/oci-registry.ts';
import { pushImage, type TinyImage, tinyImage } from '../helpers/registry-images.ts';
import { startProxy, type TestProxyOptions } from '../helpers/registry-proxy.ts';
import { type RegistryServer, startRegistry } from '../helpers/registry-server.ts';
import { VirtualClock } from '../helpers/virtual-clock.ts';

const certificateName = 'registry.twinhull.test';

let plain: RegistryServer;
let tls: RegistryServer;
let image: TinyImage;
beforeAll(async () => {
  plain = await startRegistry();
  tls = await startRegistry({ variant: 'tls', names: [certificateName] });
  image = tinyImage('oci', 'linux/arm64');
  for (const server of [plain, tls]) await pushImage(server, 'tests/app', image, 'here');
});
afterAll(() => Promise.all([plain.stop(), tls.stop()]));

/** By default in an environment without proxies, where pauses take no time. */
function open(host: string, options: RegistryOptions = {}) {
  const registry = openRegistry(`${host}/tests/app`, { environment: {}, clock: new VirtualClock(), ...options });
  onTestFinished(() => registry.close());
  return registry;
}

async function proxy(options: TestProxyOptions) {
  const started = await startProxy(options);
  onTestFinished(() => started.stop());
  return started;
}

describe('proxies', () => {
  it('forward plain http to an insecure host that only they can resolve', async () => {
    const { url, passed } = await proxy({ targetPort: plain.port });
    const registry = open('plain.twinhull.test:8080', {
      environment: { HTTP_PROXY: url },
      insecureHosts: ['plain.twinhull.test:8080'],
    });
    await expect(registry.resolve('here')).resolves.toBe(image.manifest.digest);
    expect(passed).toContain('HEAD http://plain.twinhull.test:8080/v2/tests/app/manifests/here');
  });

  it('tunnel to a registry with a private CA, whose name is verified', async () => {
    const { url, passed } = await proxy({ targetPort: tls.port });
    const options = { environment: { https_proxy: url }, caFile: tls.caFile };
    const registry = open(certificateName, options);
    await expect(registry.getManifest('here')).resolves.toEqual(image.manifest);
    await expect(registry.getImageConfig(image.config)).resolves.toMatchObject({ architecture: 'arm64' });
    expect(new Set(passed)).toEqual(new Set([`CONNECT ${certificateName}:443`]));
    await expect(open('other.twinhull.test', options).resolve('here')).rejects.toMatchObject({
      code: 'RegistryUnreachable',
      message: expect.stringContaining('its certificate is for another name'),
    });
  });

  it('receive their user name and password, which no error prints', async () => {
    const login = 'me:canary-91';
    const { url, passed } = await proxy({ targetPort: tls.port, login });
    const good = open(certificateName, { environment: { HTTPS_PROXY: url }, caFile: tls.caFile });
    await expect(good.resolve('here')).resolves.toBe(image.manifest.digest);
    expect(passed).toHaveLength(1);
    const bad = open(certificateName, { environment: { HTTPS_PROXY: url.replace('me:', 'you:') }, caFile: tls.caFile });
    const error: unknown = await bad.resolve('here').catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'RegistryUnreachable',
      message: expect.stringContaining('the proxy requires credentials'),
    });
    expect(JSON.stringify(error)).not.toContain('canary');
  });

  it('that require a login for plain http are reported', async () => {
    const { url } = await proxy({ targetPort: plain.port, login: 'me:secret' });
    const registry = open('plain.twinhull.test', {
      environment: { HTTP_PROXY: url.replace('me:secret@', '') },
      insecureHosts: ['plain.twinhull.test'],
    });
    await expect(registry.resolve('here')).rejects.toMatchObject({
      code: 'RegistryUnreachable',
      message: expect.stringMatching(/407|proxy/i),
    });
  });

  it('are bypassed for loopback hosts', async () => {
    const { url, passed } = await proxy({ targetPort: plain.port });
    const registry = open(plain.host, { environment: { HTTP_PROXY: url, HTTPS_PROXY: url } });
    await expect(registry.resolve('here')).resolves.toBe(image.manifest.digest);
    expect(passed).toEqual([]);
  });
});

describe('TLS', () => {
  it('refuses a certificate of an unknown CA at once, with a hint', async () => {
    const clock = new VirtualClock();
    const begun = clock.now();
    await expect(open(tls.host, { clock }).resolve('here')).rejects.toMatchObject({
      code: 'RegistryUnreachable',
      message: expect.stringContaining('not signed by a trusted authority'),
      hint: expect.stringContaining('TWINHULL_REGISTRY_CA_FILE'),
    });
    expect(clock.now()).toBe(begun);
  });

  it('accepts any certificate of a host declared insecure', async () => {
    await expect(open(tls.host, { insecureHosts: ['localhost'] }).resolve('here')).resolves.toBe(image.manifest.digest);
  });

  it('reads a CA from SSL_CERT_FILE and NODE_EXTRA_CA_CERTS, as other programs do', async () => {
    for (const name of ['SSL_CERT_FILE', 'NODE_EXTRA_CA_CERTS']) {
      const environment = { [name]: tls.caFile };
      await expect(open(tls.host, { environment }).resolve('here')).resolves.toBe(image.manifest.digest);
    }
  });

  it('refuses an invalid CA file', () => {
    for (const caFile of ['/nonexistent/ca.pem', import.meta.filename]) {
      expect(() => open(plain.host, { caFile })).toThrow(expect.objectContaining({ code: 'SettingInvalid' }));
    }
  });

  it('is required for a host that is neither loopback nor declared insecure', async () => {
    const { url, passed } = await proxy({ targetPort: plain.port });
    const registry = open('plain.twinhull.test', { environment: { HTTP_PROXY: url, HTTPS_PROXY: url } });
    await expect(registry.resolve('here')).rejects.toMatchObject({ code: 'RegistryUnreachable' });
    expect(new Set(passed)).toEqual(new Set(['CONNECT plain.twinhull.test:443']));
  });
});

describe('a host that cannot be reached', () => {
  it('is retried several times when the connection is refused', async () => {
    const clock = new VirtualClock();
    const begun = clock.now();
    const gone = await startRegistry();
    await gone.stop();
    await expect(open(gone.host, { clock }).resolve('here')).rejects.toMatchObject({
      code: 'RegistryUnreachable',
      message: expect.stringContaining('the connection was refused (ECONNREFUSED)'),
    });
    expect(clock.now() - begun).toBeGreaterThan(1_500);
    expect(clock.now() - begun).toBeLessThan(30_000);
  });

  it('is reachable again when it comes back', async () => {
    const first = await startRegistry();
    const { storage } = plain;
    const registry = open(first.host);
    await expect(registry.resolve('here')).resolves.toBeUndefined();
    await first.stop();
    await expect(registry.resolve('here')).rejects.toMatchObject({ code: 'RegistryUnreachable' });
    const second = await startRegistry({ storage, port: first.port });
    onTestFinished(() => second.stop());
    await expect(registry.resolve('here')).resolves.toBe(image.manifest.digest);
  });

  it('with an unknown name is not retried', async () => {
    const clock = new VirtualClock();
    const begun = clock.now();
    await expect(open('no-such-host.invalid', { clock }).resolve('x')).rejects.toMatchObject({
      code: 'RegistryUnreachable',
    });
    expect(clock.now() - begun).toBeLessThan(5_000);
  });
});
