import { addHost, addressOf, hostsFile } from '../hosts-file.ts';
import { LabError } from '../lab-error.ts';
import type { Part } from '../part.ts';
import { ecrHost } from './identity.ts';

export const ecrAddress = '127.0.0.1';

/** Resolves ECR's own host name to this machine, for the engine and for every program. */
export const ecrHostNamePart: Part = {
  name: 'ECR host name',
  needs: [],

  async check() {
    const address = addressOf(ecrHost);
    if (address === ecrAddress) return undefined;
    return address === undefined ? `${hostsFile} has no entry for ${ecrHost}` : `${hostsFile} maps it to ${address}`;
  },

  async start({ journal }) {
    const address = addressOf(ecrHost);
    if (address !== undefined) {
      throw new LabError(`${hostsFile} maps ${ecrHost} to ${address}`, { hint: 'remove that line' });
    }
    if (process.getuid?.() !== 0) {
      throw new LabError(`only root can add ${ecrHost} to ${hostsFile}`, {
        hint: `echo '${ecrAddress} ${ecrHost}' | sudo tee -a ${hostsFile}`,
      });
    }
    journal.record({ kind: 'host-name', file: hostsFile, name: ecrHost, address: ecrAddress });
    addHost(ecrHost, ecrAddress);
  },
};
