import { TwinhullError } from '../domain/errors/twinhull-error.ts';
import { coversRepository, isBelow, parseRepository } from '../domain/git-repository.ts';
import { formatRepository, parseImageRepository } from '../domain/image-reference.ts';
import { quoted } from '../domain/quoted.ts';

/**
 * What users of the API may build from and push to. The git token and the registry credentials belong to the operator:
 * a user who could name any host would have them sent there.
 */
export interface Allowance {
  /** Used for a request that names none; undefined where the operator named none either. */
  readonly repository: string | undefined;
  readonly destination: string | undefined;
  /** Each is one repository or, with a trailing slash, everything below it. */
  readonly repositories: readonly string[];
  readonly destinations: readonly string[];
}

/** @throws RepositoryInvalid, NotAllowedHere, RequestInvalid when neither request nor operator names one */
export function allowedRepository(named: string | undefined, { repository, repositories }: Allowance): string {
  const wanted = parseRepository(named ?? repository ?? missing('repository'));
  if (repositories.some((allowed) => coversRepository(allowed, wanted))) return wanted;
  throw new TwinhullError('NotAllowedHere', `this service does not allow builds from ${quoted(wanted)}`);
}

/** @throws ImageReferenceInvalid, NotAllowedHere, RequestInvalid when neither request nor operator names one */
export function allowedDestination(named: string | undefined, { destination, destinations }: Allowance): string {
  const wanted = formatRepository(parseImageRepository(named ?? destination ?? missing('destination')));
  const isAllowed = destinations.some((allowed) =>
    allowed.endsWith('/') ? isBelow(wanted, allowed) : formatRepository(parseImageRepository(allowed)) === wanted,
  );
  if (isAllowed) return wanted;
  throw new TwinhullError('NotAllowedHere', `this service does not allow builds into ${quoted(wanted)}`);
}

function missing(what: string): never {
  throw new TwinhullError('RequestInvalid', `the request names no ${what}, and the service has no default`);
}
