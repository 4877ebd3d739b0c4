/** The tag settings of a repository, from ECR's DescribeRepositories. */
export interface TagMutability {
  /** `MUTABLE`, `IMMUTABLE`, or either with `_WITH_EXCLUSION`. */
  readonly setting: string;
  /** Patterns of tags that are treated the other way; `*` matches any characters. */
  readonly exclusions: readonly string[];
}

/**
 * Whether a tag cannot be moved once it is put
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
