import { type CacheUse, cacheOutcomes } from '../domain/cache-use.ts';
import { commitLabel, longestAuthor, longestSubject } from '../domain/commit.ts';
import { isProgramFinding } from '../domain/image-content.ts';
import { isDigest } from '../domain/image-reference.ts';
import { type FailureReason, failureReasons, type Phase, phases } from '../domain/phase.ts';
import { markPrefix, type PhaseMark } from './contract.ts';

const markLine =
  /^##twinhull ([0-9a-f]{32}) (\d+\.\d\d) (hello|begin|end|fail|note|pushed|base|programs|cache|commit|again) (.*)$/;

/** Base64 of the first bytes of a text, or `-` for none. */
const encodedLabel = /^(?:-|(?=.)(?:[A-Za-z0-9+/]{4}){0,270}(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?)$/;

const baseReference = /^[A-Za-z0-9._:/@[\]-]{1,400}$/;

/**
 * Parses a line of a job's log as a phase mark; undefined when it is not one, or is garbled. Without a nonce the mark
 * must be the whole line. With one, it must have that nonce and may follow output that did not end its line: only the
 * builder knows the nonce.
 */
export function parsePhaseMark(line: string, nonce?: string): PhaseMark | undefined {
  const start = nonce === undefined ? 0 : line.indexOf(`${markPrefix}${nonce} `);
  if (start === -1 || !line.startsWith(markPrefix, start)) return undefined;
  const [, , uptimeText, verb, rest = ''] = markLine.exec(line.slice(start).replace(/\r$/, '')) ?? [];
  const uptime = Number(uptimeText);
  const [first = '', second = '', third = '', fourth = '', ...others] = rest.split(' ');
  const image = second === '-' ? undefined : second;
  switch (verb) {
    case 'hello':
      if (!isNumber(first) || !isNumber(second) || third === '') return undefined;
      return { verb, uptime, contract: Number(first), time: Number(second), jobKey: third };
    case 'note':
    case 'again':
      return { verb, uptime, text: rest };
    case 'pushed':
      return first !== '' && isDigest(second) && third === ''
        ? { verb, uptime, image: first, digest: second }
        : undefined;
    case 'base':
      if (first === '' || !baseReference.test(second) || fourth !== '') return undefined;
      if (third !== '-' && !isDigest(third)) return undefined;
      return { verb, uptime, image: first, reference: second, digest: third === '-' ? undefined : third };
    case 'cache':
      if (first === '' || !isCacheOutcome(second) || !isNumber(third) || !isNumber(fourth)) return undefined;
      if (others.length > 0 || Number(third) > Number(fourth)) return undefined;
      return { verb, uptime, image: first, outcome: second, cached: Number(third), steps: Number(fourth) };
    case 'programs':
      return first !== '' && isProgramFinding(second) && third === ''
        ? { verb, uptime, image: first, finding: second }
        : undefined;
    case 'commit':
      if (!encodedLabel.test(first) || !encodedLabel.test(second) || third !== '') return undefined;
      return { verb, uptime, subject: decoded(first, longestSubject), author: decoded(second, longestAuthor) };
    case 'begin':
      return isPhase(first) && second !== '' ? { verb, uptime, phase: first, image } : undefined;
    case 'end':
      if (!isPhase(first) || !isNumber(third)) return undefined;
      return { verb, uptime, phase: first, image, exitCode: Number(third) };
    case 'fail':
      if (!(isPhase(first) || first === 'contract') || !isReason(third) || !isNumber(fourth)) return undefined;
      return { verb, uptime, phase: first, image, reason: third, exitCode: Number(fourth), text: others.join(' ') };
    default:
      return undefined;
  }
}

/** The nonce that a run announced. @param hello its first line */
export function nonceOf(hello: string): string | undefined {
  return parsePhaseMark(hello)?.verb === 'hello' ? hello.split(' ')[1] : undefined;
}

/**
 * The mark that announces another run of the job in its log.
 * @param hello first line of the previous run
 * @param reason why that run ended
 */
export function againMark(hello: string, reason: string): string | undefined {
  const nonce = nonceOf(hello);
  return nonce === undefined ? undefined : `${markPrefix}${nonce} 0.00 again ${reason.replace(/\s+/g, ' ')}`;
}

/** Bytes that are not UTF-8 become U+FFFD. */
function decoded(word: string, most: number): string | undefined {
  return word === '-' ? undefined : commitLabel(Buffer.from(word, 'base64').toString('utf8'), most);
}

function isNumber(word: string): boolean {
  return /^\d{1,15}$/.test(word);
}

function isCacheOutcome(word: string): word is CacheUse['outcome'] {
  return (cacheOutcomes as readonly string[]).includes(word);
}

function isPhase(word: string): word is Phase {
  return (phases as readonly string[]).includes(word);
}

function isReason(word: string): word is FailureReason {
  return Object.hasOwn(failureReasons, word);
}
