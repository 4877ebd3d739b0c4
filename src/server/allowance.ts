import { parseRepository, repositoryIdentity } from '../domain/git-repository.ts';
import { formatRepository, parseImageRepository } from '../domain/image-reference.ts';
import { quoted } from '../domain/quoted.ts';
import { TwinhullError } from '../errors/twinhull-error.ts';

/**
 * What users of the API may build from and into. The git token and the registry's credentials are the operator's: a
 * user who could name any host would have them sent there.
 */
export interface Allowance {
  /** What stands in for a request that names none; undefined where the operator named none either. */
  readonly repository: string | undefined;
  readonly destination: string | undefined;
  /** Each one repository, or with a slash at its end all below it. */
  readonly repositories: readonly string[];
  readonly destinations: readonly string[];
}

/** @throws RepositoryInvalid, NotAllowedHere, RequestInvalid when neither request nor operator names one */
export function allowedRepository(named: string | undefined, { repository, repositories }: Allowance): string {
  const wanted = parseRepository(named ?? repository ?? missing('repository'));
  const isAllowed = repositories.some((allowed) =>
    allowed.endsWith('/')
      ? isBelow(wanted, allowed)
      : repositoryIdentity(parseRepository(allowed)) === repositoryIdentity(wanted),
  );
  if (isAllowed) return wanted;
  throw new TwinhullError('NotAllowedHere', `this service does not build from ${quoted(wanted)}`);
}

/** @throws ImageReferenceInvalid, NotAllowedHere, RequestInvalid when neither request nor operator names one */
export function allowedDestination(named: string | undefined, { destination, destinations }: Allowance): string {
  const wanted = formatRepository(parseImageRepository(named ?? destination ?? missing('destination')));
  const isAllowed = destinations.some((allowed) =>
    allowed.endsWith('/') ? isBelow(wanted, allowed) : formatRepository(parseImageRepository(allowed)) === wanted,
  );
  if (isAllowed) return wanted;
  throw new TwinhullError('NotAllowedHere', `this service does not build into ${quoted(wanted)}`);
}

/** A path with dots in it could leave the folder again. */
function isBelow(wanted: string, folder: string): boolean {
  return wanted.startsWith(folder) && !/(^|\/)\.{1,2}(\/|$)/.test(wanted.slice(folder.length));
}

function missing(what: string): never {
  throw new TwinhullError('RequestInvalid', `the request names no ${what}, and the service has no standard one`);
}
