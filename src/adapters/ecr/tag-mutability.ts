/** What ECR's DescribeRepositories says of a repository's tags. */
export interface TagMutability {
  /** `MUTABLE`, `IMMUTABLE`, or either with `_WITH_EXCLUSION`. */
  readonly setting: string;
  /** Patterns of tags that are treated the other way; `*` stands for any characters. */
  readonly exclusions: readonly string[];
}

/**
 * Whether a tag, once put, stays where it is
 * (https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-tag-mutability.html).
 */
export function isTagImmutable({ setting, exclusions }: TagMutability, tag: string): boolean {
  const excluded = exclusions.some((pattern) => matches(pattern, tag));
  return setting.startsWith('IMMUTABLE') !== excluded;
}

function matches(pattern: string, tag: string): boolean {
  const parts = pattern.split('*').map((part) => part.replace(/[^A-Za-z0-9_]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`).test(tag);
}
