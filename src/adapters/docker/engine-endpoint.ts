import { homedir } from 'node:os';
import { join } from 'node:path';
import { reasonOf, TwinhullError } from '../../domain/errors/twinhull-error.ts';
import { quoted } from '../../domain/quoted.ts';

/** The address of a Docker Engine. `text` is the normalised form of the operator's value, in `DOCKER_HOST` syntax. */
export type EngineEndpoint = UnixEndpoint | TcpEndpoint | SshEndpoint;

interface EndpointBase {
  readonly text: string;
  /** The engine's socket as its own host sees it, to be mounted into builder containers. */
  readonly hostSocket: string;
  /** The docker context that named this engine. */
  readonly context?: string;
}

/** `unix:///path/of/socket` */
export interface UnixEndpoint extends EndpointBase {
  readonly kind: 'unix';
  readonly path: string;
}

/** `tcp://host:port`, with mutual TLS if it has certificates. */
export interface TcpEndpoint extends EndpointBase {
  readonly kind: 'tcp';
  readonly host: string;
  readonly port: number;
  /** Folder with `ca.pem`, `cert.pem` and `key.pem`; undefined means plain HTTP. */
  readonly tlsFolder: string | undefined;
}

/** `ssh://user@host:port`, through the `ssh` program with its own configuration. */
export interface SshEndpoint extends EndpointBase {
  readonly kind: 'ssh';
  readonly host: string;
  readonly user: string | undefined;
  readonly port: number | undefined;
  /** The socket on the remote host, where it is not docker's default. */
  readonly path: string | undefined;
}

/** For people to read: with the docker context that it comes from. */
export function describeEndpoint({ text, context }: EngineEndpoint): string {
  return context === undefined ? text : `${text} (docker context ${quoted(context)})`;
}

/** Used without DOCKER_HOST and without a docker context. */
export const defaultEngine = 'unix:///var/run/docker.sock';
const defaultSocket = '/var/run/docker.sock';

/**
 * Reads `unix:///path`, `/path`, `tcp://host[:port]` or `ssh://[user@]host[:port][/path]`.
 * TCP uses TLS when docker would: `DOCKER_TLS_VERIFY` or `DOCKER_CERT_PATH` is set (default folder `~/.docker`).
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

/** Docker Desktop and similar products run the engine in a virtual machine, with the socket in its usual place. */
export function socketOnHost(path: string, operatingSystem: NodeJS.Platform): string {
  const inVirtualMachine = operatingSystem !== 'linux' || /\/\.(?:docker\/desktop|colima|lima|rd)\//.test(path);
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
  // Host and user become arguments of ssh, and the path a word of the remote shell.
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
  // A password may contain any character, including those at which a parser would end it.
  const shown = text.replace(/\/\/([^:@]*):.*@/s, '//$1:***@');
  return new TwinhullError('SettingInvalid', `engine address "${shown}" is not valid: ${why}`, {
    hint: hint ?? 'write unix:///path/to/docker.sock, tcp://host:port or ssh://user@host',
  });
}
