import { TwinhullError } from './errors/twinhull-error.ts';
import { isLoopback } from './loopback.ts';
import { quoted } from './quoted.ts';

/** Hosts that serve `x` and `x.git` as one repository, in any letter case. */
const forges: ReadonlySet<string> = new Set(['github.com', 'gitlab.com', 'bitbucket.org', 'codeberg.org']);

const longest = 1024;

/**
 * The clone URL in its canonical form: `https://host[:port]/path`, host in lower case and without a trailing dot, no
 * default port, no trailing slash, `.git` at the end if the host is known to accept it. `http://` is accepted for
 * loopback hosts alone. The text of an error never repeats what may be a credential.
 *
 * @throws RepositoryInvalid
 */
export function parseRepository(text: string): string {
  const given = text.trim();
  const problem = formProblem(given);
  if (problem !== undefined) throw invalid(given, problem.why, problem.hint);
  const url = new URL(given);
  if (url.protocol === 'http:' && !isLoopback(url.hostname)) {
    throw invalid(
      given,
      'a token must not travel over plain http',
      `give ${quoted(given.replace(/^http:/i, 'https:'))}`,
    );
  }
  // `github.com.` is the fully qualified form of the same host.
  url.hostname = url.hostname.replace(/\.$/, '');
  const path = url.pathname.replace(/\/$/, '');
  const suffix = forges.has(url.hostname) && !path.endsWith('.git') ? '.git' : '';
  return `${url.protocol}//${url.host}${path}${suffix}`;
}

/** The same for all spellings of one repository; for comparing, not for cloning. */
export function repositoryIdentity(repository: string): string {
  const withoutSuffix = repository.replace(/\.git$/, '');
  return forges.has(new URL(repository).hostname) ? withoutSuffix.toLowerCase() : withoutSuffix;
}

/**
 * Whether an entry of an operator's list covers a repository: the same one, or with a trailing slash any below it. A
 * path with dot segments could leave the folder again.
 *
 * @throws RepositoryInvalid when the entry is not valid
 */
export function coversRepository(allowed: string, repository: string): boolean {
  if (!allowed.endsWith('/')) return repositoryIdentity(parseRepository(allowed)) === repositoryIdentity(repository);
  return isBelow(repository, allowed);
}

/** Whether a path or URL is below a folder, which ends in a slash. */
export function isBelow(wanted: string, folder: string): boolean {
  return wanted.startsWith(folder) && !/(^|\/)\.{1,2}(\/|$)/.test(wanted.slice(folder.length));
}

/**
 * The https form of a `git remote -v` address: `git@host:path`, `ssh://git@host/path`, or an https URL, without its
 * credential. Undefined if there is none, as for a folder. The result still has to be parsed.
 */
export function httpsEquivalent(text: string): string | undefined {
  const scp = /^(?:[\w.-]+@)?([A-Za-z0-9][A-Za-z0-9.-]+):(?!\/\/)\/?(\S+)$/.exec(text);
  if (scp !== null) return `https://${scp[1]}/${scp[2]}`;
  const ssh = /^(?:git\+)?ssh:\/\/(?:[^@/\s]*@)?([A-Za-z0-9.-]+)(?::\d+)?\/(\S+)$/i.exec(text);
  if (ssh !== null) return `https://${ssh[1]}/${ssh[2]}`;
  const http = /^(https?):\/\/(?:[^/\s]*@)?([^/@\s]+\/\S*)$/i.exec(text);
  return http === null ? undefined : `${http[1]}://${http[2]}`;
}

/** A URL for messages: without user, password, query and fragment, even if it cannot be parsed. */
export function withoutCredential(text: string): string {
  const address = text.replace(/[?#].*$/s, '');
  const at = address.lastIndexOf('@');
  if (at < 0 || /^git@[^@]*$/.test(address)) return address;
  const scheme = /^[a-z][a-z0-9+.-]*:\/\//i.exec(address)?.[0] ?? '';
  return `${scheme}***@${address.slice(at + 1)}`;
}

interface FormProblem {
  readonly why: string;
  readonly hint?: string;
}

function formProblem(text: string): FormProblem | undefined {
  if (text === '') return { why: 'it is empty' };
  if (text.length > longest) return { why: `it is longer than ${longest} characters` };
  const shorthand = shorthandHint(text);
  if (shorthand !== undefined) return shorthand;
  if (!URL.canParse(text)) return { why: 'it is not a URL' };
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    return { why: `${url.protocol.slice(0, -1)} is not https` };
  if (/^https?:\/\/[^/]*@/i.test(text)) {
    const hint = 'leave the user name and password out of the URL: the token comes from TWINHULL_GIT_TOKEN_FILE';
    return { why: 'it holds a user name or password', hint };
  }
  if (/[?#]/.test(text)) return { why: 'it has a query or fragment' };
  return characterProblem(text) ?? pathProblem(text);
}

/** Forms that people copy from elsewhere, each with the URL that was probably meant. */
function shorthandHint(text: string): FormProblem | undefined {
  if (/^https?:\/\//i.test(text)) return undefined;
  const equivalent = httpsEquivalent(text);
  if (equivalent !== undefined) {
    return { why: 'Twinhull clones over https, not over ssh', hint: `give ${quoted(withoutCredential(equivalent))}` };
  }
  if (/^[\w.-]+\.[a-z]{2,}\/[\w.-]+\/[\w./-]+$/i.test(text))
    return { why: 'it has no https://', hint: `give "https://${text}"` };
  if (/^[\w-][\w.-]*\/[\w.-]+$/.test(text)) {
    return { why: 'it names no host', hint: `if it is on GitHub, give "https://github.com/${text}"` };
  }
  return undefined;
}

function characterProblem(text: string): FormProblem | undefined {
  const allowed = /^https?:\/\/(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?(?:\/[A-Za-z0-9._~+/-]*)?$/i;
  return allowed.test(text) ? undefined : { why: 'it may contain only letters, digits and . _ ~ + - /' };
}

function pathProblem(text: string): FormProblem | undefined {
  const segments = text
    .replace(/^https?:\/\/[^/]*\/?/i, '')
    .replace(/\/$/, '')
    .split('/');
  if (segments.length === 1 && segments[0] === '') return { why: 'it has no path' };
  if (segments.includes('')) return { why: 'its path has an empty part' };
  if (segments.some((segment) => /^\.+$/.test(segment))) return { why: 'its path has a part of dots only' };
  if (segments.some((segment) => segment.startsWith('-'))) return { why: 'a part of its path begins with a dash' };
  return segments.at(-1) === '.git' ? { why: 'its path ends in a part that is .git alone' } : undefined;
}

function invalid(text: string, why: string, hint: string | undefined): TwinhullError {
  return new TwinhullError('RepositoryInvalid', `cannot clone from ${quoted(withoutCredential(text))}: ${why}`, {
    hint,
  });
}
