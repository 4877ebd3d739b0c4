import { homedir } from 'node:os';
import { join } from 'node:path';
import { reasonOf, TwinhullError } from '../../errors/twinhull-error.ts';

/** Where a Docker Engine answers. `text` is the normal form of what the operator wrote, as `DOCKER_HOST` takes it. */
export type EngineEndpoint = UnixEndpoint | TcpEndpoint | SshEndpoint;

interface EndpointBase {
  readonly text: string;
  /** The engine's socket as its own host sees it: what is mounted into builder containers. */
  readonly hostSocket: string;
}

export interface UnixEndpoint extends EndpointBase {
  readonly kind: 'unix';
  readonly path: string;
}

export interface TcpEndpoint extends EndpointBase {
  readonly kind: 'tcp';
  readonly host: string;
  readonly port: number;
  /** Folder with `ca.pem`, `cert.pem` and `key.pem`; undefined speaks plain HTTP. */
  readonly tlsFolder: string | undefined;
}

export interface SshEndpoint extends EndpointBase {
  readonly kind: 'ssh';
  readonly host: string;
  readonly user: string | undefined;
  readonly port: number | undefined;
  /** The socket on the far side, where it is not docker's default. */
  readonly path: string | undefined;
}

export const defaultEngine = 'unix:///var/run/docker.sock';
const defaultSocket = '/var/run/docker.sock';

/**
 * Reads `unix:///path`, `/path`, `tcp://host[:port]` or `ssh://[user@]host[:port][/path]`.
 * TCP takes TLS as docker does: when `DOCKER_TLS_VERIFY` or `DOCKER_CERT_PATH` is set (default folder `~/.docker`).
 *
 * @throws SettingInvalid
 */
export function parseEngineEndpoint(text: string, environment: NodeJS.ProcessEnv = process.env): EngineEndpoint {
  if (text.startsWith('/')) return unixEndpoint(text, text);
  const url = parseUrl(text);
  if (url.password !== '') {
    throw invalid(text, 'it holds a password', 'leave the password out: ssh keys and TLS certificates are supported');
  }
  switch (url.protocol) {
    case 'unix:':
      return unixEndpoint(text, text.slice('unix://'.length));
    case 'tcp:':
      return tcpEndpoint(text, url, environment);
    case 'ssh:':
      return sshEndpoint(text, url);
    default:
      throw invalid(text, `${url.protocol}// is not supported`);
  }
}

function parseUrl(text: string): URL {
  try {
    return new URL(text);
  } catch (error) {
    throw invalid(text, reasonOf(error).toLowerCase());
  }
}

function unixEndpoint(text: string, path: string): UnixEndpoint {
  if (!/^\/[^\0\n:]+$/.test(path)) throw invalid(text, 'a unix socket needs an absolute path');
  return { kind: 'unix', path, text: `unix://${path}`, hostSocket: socketOnHost(path, process.platform) };
}

/** Docker Desktop runs its engine in a virtual machine, where the socket has its usual place whatever it is called here. */
export function socketOnHost(path: string, operatingSystem: NodeJS.Platform): string {
  const inVirtualMachine = operatingSystem !== 'linux' || path.includes('/.docker/desktop/');
  return inVirtualMachine ? defaultSocket : path;
}

function tcpEndpoint(text: string, url: URL, environment: NodeJS.ProcessEnv): TcpEndpoint {
  refuseParts(text, url, ['username', 'pathname', 'search', 'hash']);
  const host = hostOf(text, url);
  const tlsFolder = tlsFolderOf(environment);
  const port = url.port === '' ? (tlsFolder === undefined ? 2375 : 2376) : Number(url.port);
  return { kind: 'tcp', host, port, tlsFolder, text: `tcp://${url.hostname}:${port}`, hostSocket: defaultSocket };
}

function tlsFolderOf(environment: NodeJS.ProcessEnv): string | undefined {
  const { DOCKER_CERT_PATH: folder, DOCKER_TLS_VERIFY: verify } = environment;
  if (folder) return folder;
  return verify ? join(homedir(), '.docker') : undefined;
}

function sshEndpoint(text: string, url: URL): SshEndpoint {
  refuseParts(text, url, ['search', 'hash']);
  const host = hostOf(text, url);
  const user = url.username === '' ? undefined : url.username;
  const path = url.pathname === '' || url.pathname === '/' ? undefined : url.pathname;
  // Host and user become words of ssh's command line, the path one of the remote shell's.
  if (user !== undefined && !/^[A-Za-z0-9_][A-Za-z0-9._-]*$/.test(user))
    throw invalid(text, `the user "${user}" is not valid`);
  if (path !== undefined && !/^[A-Za-z0-9._/-]+$/.test(path)) throw invalid(text, `the path "${path}" is not valid`);
  const port = url.port === '' ? undefined : Number(url.port);
  const normal = `ssh://${user === undefined ? '' : `${user}@`}${url.host}${path ?? ''}`;
  return { kind: 'ssh', host, user, port, path, text: normal, hostSocket: path ?? defaultSocket };
}

function hostOf(text: string, url: URL): string {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  if (!/^[A-Za-z0-9_:][A-Za-z0-9._:-]*$/.test(host))
    throw invalid(text, host === '' ? 'it names no host' : `the host "${host}" is not valid`);
  return host;
}

function refuseParts(text: string, url: URL, parts: readonly ('username' | 'pathname' | 'search' | 'hash')[]): void {
  const found = parts.find((part) => url[part] !== '' && !(part === 'pathname' && url[part] === '/'));
  if (found !== undefined) throw invalid(text, `"${url[found]}" has no place in it`);
}

function invalid(text: string, why: string, hint?: string): TwinhullError {
  // A password may hold any character, also those that end it in the eyes of a parser.
  const shown = text.replace(/\/\/([^:@]*):.*@/s, '//$1:***@');
  return new TwinhullError('SettingInvalid', `engine address "${shown}" is not valid: ${why}`, {
    hint: hint ?? 'write unix:///path/to/docker.sock, tcp://host:port or ssh://user@host',
  });
}
