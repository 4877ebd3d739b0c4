import { findService, runningServices } from '../../adapters/local-service/running-services.ts';
import { TwinhullError } from '../../domain/errors/twinhull-error.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { signInLink } from '../sign-in-link.ts';
import { type Terminal, write } from '../terminal.ts';
import { withStores } from '../with-store.ts';

/** Prints a link that signs a browser in to this user's service on this machine. */
export function open({ server, stdout, stderr }: Terminal): Promise<ExitCode> {
  return withStores(async ({ tokens, sessions }, settings) => {
    const named = server ?? settings.client.server;
    const [first] = await runningServices(settings.stateFolder);
    const url = named === undefined ? first : await findService(settings.stateFolder, named);
    if (url === undefined)
      throw new TwinhullError('ServerUnreachable', `no service of this user runs ${named ?? 'on this machine'}`, {
        hint: 'start `twinhull serve`; at a service elsewhere, sign in with an API token',
      });
    await write(stdout, `${await signInLink(url, { tokens, sessions, settings })}\n`);
    await write(stderr, 'open it in a browser; it works once, for 10 minutes\n');
    return exitCodes.success;
  });
}
