import { isTagImmutable } from '../../../adapters/aws/ecr/tag-mutability.ts';
import type { RepositoryFacts } from '../../../adapters/aws/inspect/facts.ts';
import { type CheckResult, ok, problem, warning } from '../check.ts';
import type { Asker } from './failure-result.ts';

const published = '0123456789abcdef0123456789abcdef01234567';
/** Tags that builds move. */
const moving = ['cache-task-arm64', 'latest'];

/** Whether published tags are immutable, and the tags that must move are mutable. */
export function judgeRepository(name: string, facts: RepositoryFacts): readonly CheckResult[] {
  const { uri, tags } = facts;
  const isImmutable = (tag: string): boolean => isTagImmutable(tags, tag);
  const advice = `set it to IMMUTABLE_WITH_EXCLUSION for staging-*, cache-* and latest: deploy the stack, or aws ecr put-image-tag-mutability`;
  const results: CheckResult[] = [];
  if (![published, `${published}-submit`].every(isImmutable))
    results.push(warning(name, `${uri}: any client with push permission can overwrite the tag of a commit`, advice));
  const stuck = moving.filter(isImmutable);
  if (stuck.length > 0)
    results.push(
      warning(
        name,
        `${uri}: tags such as ${stuck.join(', ')} cannot move, so layer caches or moving tags fail`,
        advice,
      ),
    );
  const held = tags.setting.includes('EXCLUSION') ? `${tags.setting} (${tags.exclusions.join(', ')})` : tags.setting;
  return results.length > 0 ? results : [ok(name, `${uri}, ${held}`)];
}

/** A problem that names the settings to correct. */
export function missingRepository(name: string, repository: string, { region }: Asker): CheckResult {
  return problem(
    name,
    `there is no repository ${repository} in this account's registry in ${region}`,
    'correct ECR_REPOSITORY or BATCH_REGION, or deploy the stack (docs/deploying.md)',
  );
}
