import { type LifecycleRule, TagStatus } from 'aws-cdk-lib/aws-ecr';
import { invalidProp } from './invalid-prop.ts';

/** Tags whose manifests may be images of a published index. */
const halves = ['staging-', 'cache-'];

/**
 * Rejects a rule that could select an image of a published index: an untagged image, or one with a staging or cache
 * tag. A rule selects an image by any one of its tags, and expires it with all of them. ECR's documentation claims that
 * images referenced by an index are spared; users report otherwise
 * (https://github.com/aws/containers-roadmap/issues/2613).
 *
 * @throws SettingInvalid
 */
export function checkLifecycleRule(rule: LifecycleRule): void {
  const patterns = [...(rule.tagPrefixList ?? []).map((prefix) => `${prefix}*`), ...(rule.tagPatternList ?? [])];
  const safe =
    patterns.length > 0 &&
    (rule.tagStatus === undefined || rule.tagStatus === TagStatus.TAGGED) &&
    !patterns.some((pattern) => halves.some((half) => mayMatch(pattern, half)));
  if (safe) return;
  throw invalidProp(
    'repository.lifecycleRules',
    rule,
    'select images by how their tags begin ("pr-*"), and not staging or cache tags, which hold parts of published indexes',
  );
}

/** Whether a tag with the prefix `beginning` can match the pattern. */
function mayMatch(pattern: string, beginning: string): boolean {
  const star = pattern.indexOf('*');
  const literal = star < 0 ? pattern : pattern.slice(0, star);
  return literal.startsWith(beginning) || (star >= 0 && beginning.startsWith(literal));
}
