import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { unpackPackages } from '../lab/newest/unpack.ts';
import { findCommand, run } from '../lab/run.ts';
import { unmountBelow } from '../lab/unmount.ts';
import type { Bed } from './bed.ts';

const packages = ['buildah', 'libgpgme11', 'libassuan0', 'libsubid4'];

/** Debian's buildah, unpacked for one measure, with its own storage. */
export class Buildah {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** @param registry `host:port` of a registry that speaks plain HTTP */
  static async unpack(bed: Bed, registry: string): Promise<Buildah> {
    const folder = bed.newFolder();
    await unpackPackages('bookworm', packages, join(folder, 'tools'));
    writeFileSync(join(folder, 'policy.json'), JSON.stringify({ default: [{ type: 'insecureAcceptAnything' }] }));
    writeFileSync(join(folder, 'registries.conf'), `[[registry]]\nlocation = "${registry}"\ninsecure = true\n`);
    mkdirSync(join(folder, 'home'));
    bed.defer(() => unmountBelow(folder));
    return new Buildah(folder);
  }

  /** Builds a context for both platforms at once and pushes the index and its images. */
  async build(context: string, reference: string): Promise<void> {
    const policy = ['--signature-policy', join(this.#folder, 'policy.json')];
    const where = ['--runtime', findCommand('runc') ?? 'runc', '--isolation', 'oci', '--network', 'host'];
    const what = ['--no-cache', '--jobs', '2', '--platform', 'linux/amd64,linux/arm64', '--manifest', reference];
    await this.#run('build', ...policy, ...where, ...what, context);
    await this.#run('manifest', 'push', ...policy, '--all', '--tls-verify=false', reference, `docker://${reference}`);
  }

  async #run(...words: readonly string[]): Promise<void> {
    const storage = ['--root', join(this.#folder, 'root'), '--runroot', join(this.#folder, 'run')];
    const tools = join(this.#folder, 'tools/usr');
    await run(join(tools, 'bin/buildah'), [...storage, '--storage-driver', 'overlay', ...words], {
      env: {
        HOME: join(this.#folder, 'home'),
        LD_LIBRARY_PATH: join(tools, 'lib/x86_64-linux-gnu'),
        CONTAINERS_REGISTRIES_CONF: join(this.#folder, 'registries.conf'),
      },
    });
  }
}
