import { createHash } from 'node:crypto';
import { TwinhullError } from './errors/twinhull-error.ts';
import { quoted } from './quoted.ts';

/** A repository in a registry; for the grammar see https://github.com/distribution/reference. */
export interface ImageRepository {
  /** `host[:port]` in lower case. Docker Hub is `docker.io`. */
  readonly host: string;
  readonly path: string;
}

const longestRepository = 255;
const longestTag = 128;
const hostPattern =
  /^(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*|\[[0-9a-f:.]+\])(?::\d+)?$/;
const pathPart = /^[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*$/;
const tagPattern = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;
const digestPattern = /^sha256:[0-9a-f]{64}$/;

/**
 * Parses `host[:port]/path`. A name without a host (`user/app`) is refused: which registry it means would be a guess.
 * Docker Hub's other spellings are unified: `index.docker.io/app` -> `docker.io/library/app`.
 *
 * @throws ImageReferenceInvalid
 */
export function parseImageRepository(text: string): ImageRepository {
  const problem = repositoryProblem(text);
  if (problem !== undefined) throw invalid('an image repository', text, problem.why, problem.hint);
  const slash = text.indexOf('/');
  return canonical(text.slice(0, slash).toLowerCase(), text.slice(slash + 1));
}

/** `host[:port]/path`, the inverse of `parseImageRepository`. */
export function formatRepository({ host, path }: ImageRepository): string {
  return `${host}/${path}`;
}

/** The tag, unchanged. @throws ImageReferenceInvalid */
export function parseTag(text: string): string {
  if (tagPattern.test(text)) return text;
  throw invalid('an image tag', text, tagProblem(text));
}

/** Whether registries accept it as a tag: up to 128 letters, digits and `_ . -`, not beginning with `.` or `-`. */
export function isTag(text: string): boolean {
  return tagPattern.test(text);
}

/** The digest, unchanged. @throws ImageReferenceInvalid */
export function parseDigest(text: string): string {
  if (isDigest(text)) return text;
  const why = /^sha(?:384|512):/.test(text)
    ? 'only sha256 is supported'
    : 'it is not sha256: and 64 hexadecimal digits in lower case';
  throw invalid('an image digest', text, why);
}

/** Whether it is `sha256:` and 64 hexadecimal digits in lower case, the only form that Twinhull supports. */
export function isDigest(text: string): boolean {
  return digestPattern.test(text);
}

/** `sha256:…` of exactly these bytes. */
export function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

function canonical(host: string, path: string): ImageRepository {
  if (host !== 'docker.io' && host !== 'index.docker.io') return { host, path };
  return { host: 'docker.io', path: path.includes('/') ? path : `library/${path}` };
}

interface Problem {
  readonly why: string;
  readonly hint?: string;
}

function repositoryProblem(text: string): Problem | undefined {
  if (text === '') return { why: 'it is empty' };
  if (text.length > longestRepository) return { why: `it is longer than ${longestRepository} characters` };
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return { why: 'it is a URL', hint: 'remove everything before the host' };
  if (/@(?!sha\d+:)/.test(text))
    return { why: 'it holds a user name or password', hint: 'log in with `docker login` instead' };
  return hostProblem(text) ?? pathProblem(text.slice(text.indexOf('/') + 1));
}

/** Docker's own rule: the first part is a host when it has a dot or a port, or is `localhost`. */
function hostProblem(text: string): Problem | undefined {
  const [host = '', ...path] = text.split('/');
  const namesHost = /[.:]/.test(host) || host.toLowerCase() === 'localhost';
  if (path.length === 0) {
    if (namesHost && !/^[a-z0-9._-]+:[\w.-]+$/.test(host)) return { why: 'it has no path after the host' };
    return { why: 'it names no registry host', hint: dockerHubHint(host, 'library/') };
  }
  if (!namesHost) return { why: 'it names no registry host', hint: dockerHubHint(text, '') };
  if (!hostPattern.test(host.toLowerCase())) return { why: `${quoted(host)} is not a host name or address` };
  const port = /:(\d+)$/.exec(host)?.[1];
  const portIsValid = port === undefined || (/^[1-9]\d{0,4}$/.test(port) && Number(port) <= 65_535);
  return portIsValid ? undefined : { why: `${port} is not a port` };
}

function dockerHubHint(text: string, prefix: string): string {
  const name = text.replace(/[:@].*$/s, '');
  const example = name.split('/').every((part) => pathPart.test(part))
    ? `docker.io/${prefix}${name}`
    : 'docker.io/user/app';
  return `name the host; on Docker Hub that is ${quoted(example)}`;
}

function pathProblem(path: string): Problem | undefined {
  if (path === '') return { why: 'it has no path after the host' };
  if (path.includes('@')) return { why: 'it ends in a digest', hint: 'remove the @ and everything after it' };
  if (/:[^/]*$/.test(path)) return { why: 'it ends in a tag', hint: 'remove the last colon and everything after it' };
  if (/[A-Z]/.test(path)) return { why: 'its path has capital letters', hint: 'registries take lower case only' };
  const part = path.split('/').find((candidate) => !pathPart.test(candidate));
  if (part === undefined) return undefined;
  if (part === '') return { why: 'its path has an empty part' };
  return { why: `${quoted(part)} in its path is not letters and digits with single . _ or - between them` };
}

function tagProblem(text: string): string {
  if (text === '') return 'it is empty';
  if (text.length > longestTag) return `it is longer than ${longestTag} characters`;
  if (/^[.-]/.test(text)) return 'it begins with a dot or dash';
  return 'it may contain only letters, digits and _ . -';
}

function invalid(what: string, text: string, why: string, hint?: string): TwinhullError {
  return new TwinhullError('ImageReferenceInvalid', `${quoted(withoutCredential(text))} is not ${what}: ${why}`, {
    hint,
  });
}

/** The text before an @ may be a password, unless a digest follows it. */
function withoutCredential(text: string): string {
  return text.replace(/^([a-z][a-z0-9+.-]*:\/\/)?.*@(?!sha\d+:)/is, '$1***@');
}
