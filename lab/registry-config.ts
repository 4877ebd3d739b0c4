export interface RegistryConfig {
  readonly address: string;
  readonly port: number;
  /** Folder of blobs and manifests. */
  readonly storage: string;
  readonly tls?: { readonly certificateFile: string; readonly keyFile: string };
  /** Accepted users, as htpasswd with bcrypt; without it access is open. */
  readonly passwordFile?: string;
}

/** The configuration of docker-registry 2.8 (https://distribution.github.io/distribution/about/configuration/). */
export function registryConfig({ address, port, storage, tls, passwordFile }: RegistryConfig): string {
  return JSON.stringify({
    version: '0.1',
    log: { level: 'warn', accesslog: { disabled: true } },
    storage: {
      filesystem: { rootdirectory: storage, maxthreads: 100 },
      delete: { enabled: true },
    },
    http: {
      addr: `${address}:${String(port)}`,
      ...(tls && { tls: { certificate: tls.certificateFile, key: tls.keyFile } }),
    },
    ...(passwordFile && { auth: { htpasswd: { realm: 'registry', path: passwordFile } } }),
  });
}
