import { furtherTokens, type GitAudiences } from '../../wiring/git-audiences.ts';
import { type CheckResult, ok, warning } from './check.ts';

/** Which git servers receive a token; warns of a setting of an earlier version that now covers less. */
export function judgeGitAudiences(
  name: string,
  { audiences, uncovered, unbound }: GitAudiences,
): readonly CheckResult[] {
  const warnings = [
    ...uncovered.map((url) =>
      warning(
        name,
        `no token is configured for the host of ${url}: builds from there have none`,
        `add it to ${furtherTokens}`,
      ),
    ),
    ...unbound.map((id) =>
      warning(
        name,
        `the secret ${id} is bound to no git server: jobs refuse it unless it is JSON with "host"`,
        'set TWINHULL_GIT_HOST to the host that the token is for, such as github.com',
      ),
    ),
  ];
  if (warnings.length > 0) return warnings;
  return [
    ok(name, audiences.length === 0 ? 'no token is set' : `tokens are configured for ${audiences.join(', ')} only`),
  ];
}
