import { readFileSync } from 'node:fs';
import { createServer, request as forward } from 'node:https';
import type { AddressInfo } from 'node:net';
import { dirname } from 'node:path';
import { certificateFiles } from '../../lab/git/certificate.ts';
import type { Lab } from '../../lab/lab.ts';

export interface RecordingGitHost {
  /** `https://host:port` on the bridge, for the host and for containers. */
  readonly url: string;
  /** `host:port` */
  readonly host: string;
  readonly requests: () => number;
  /** The logins it received: `user:token`. */
  readonly logins: () => readonly string[];
  stop(): Promise<void>;
}

/**
 * A git host with the certificate that the lab trusts: it records every login, and answers as `behind` does, or 401.
 *
 * @param username the only one with which it takes the lab's token. @default any
 */
export async function startRecordingGitHost(lab: Lab, behind?: string, username?: string): Promise<RecordingGitHost> {
  const { keyFile, certificateFile, caFile } = certificateFiles(dirname(lab.git.caFile));
  const ca = readFileSync(caFile);
  const authorizations: (string | undefined)[] = [];
  const server = createServer(
    { key: readFileSync(keyFile), cert: readFileSync(certificateFile) },
    (request, response) => {
      const { method, url, headers } = request;
      authorizations.push(headers.authorization);
      const [user, token] = loginOf(headers.authorization ?? '').split(':');
      if (behind === undefined || (username !== undefined && user !== username)) {
        response.writeHead(401, { 'www-authenticate': 'Basic realm="strange"' }).end();
        return;
      }
      const forwarded =
        username === undefined ? headers : { ...headers, authorization: basicOf(`x-access-token:${token}`) };
      const sent = forward(`${behind}${url}`, { method, headers: forwarded, ca }, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      });
      sent.on('error', () => response.destroy());
      request.pipe(sent);
    },
  );
  await new Promise<void>((resolve) => server.listen(0, lab.bridgeAddress, resolve));
  const host = `${lab.bridgeAddress}:${(server.address() as AddressInfo).port}`;
  return {
    url: `https://${host}`,
    host,
    requests: () => authorizations.length,
    logins: () => authorizations.flatMap((header) => (header === undefined ? [] : [loginOf(header)])),
    stop: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

function loginOf(header: string): string {
  return Buffer.from(header.replace(/^basic /i, ''), 'base64').toString();
}

function basicOf(login: string): string {
  return `Basic ${Buffer.from(login).toString('base64')}`;
}
