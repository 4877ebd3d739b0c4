import { RemovalPolicy } from 'aws-cdk-lib';
import {
  ImageTagMutabilityExclusionFilter,
  type IRepository,
  type LifecycleRule,
  Repository,
  TagMutability,
} from 'aws-cdk-lib/aws-ecr';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { stackDefaults } from '../../src/settings/stack-defaults.ts';
import { invalidProp } from './invalid-prop.ts';
import { checkLifecycleRule } from './lifecycle-rules.ts';

/** The repository that images are pushed to and published in. */
export interface BuildRepositoryProps {
  /**
   * An existing repository: it is not changed, and the props below have no effect.
   * @default - a new repository
   */
  readonly existing?: IRepository;
  /** @default 'vecoli' */
  readonly repositoryName?: string;
  /**
   * Tags that may move, at most five patterns of letters, digits, `.`, `_`, `-` and up to two `*`. All others are
   * immutable, so a commit's tag never changes.
   * @default ['staging-*', 'cache-*', 'latest']
   */
  readonly movingTags?: readonly string[];
  /**
   * Rules by which ECR expires images. A rule must select by a tag prefix other than staging and cache tags: those tags
   * point to the very manifests that published indexes consist of, and an index's children may be untagged, so a rule
   * on untagged images, or on all, can leave an index whose images are gone.
   * @default - none
   */
  readonly lifecycleRules?: readonly LifecycleRule[];
  /**
   * What happens to the repository when the stack is deleted. DESTROY removes it only when it is empty.
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}

/** The given repository, or one that scans on push and whose published tags are immutable. */
export function buildRepository(
  scope: Construct,
  id: string,
  props: BuildRepositoryProps = {},
  encryptionKey?: IKey,
): IRepository {
  if (props.existing) return props.existing;
  const movingTags = checkedPatterns(props.movingTags ?? ['staging-*', 'cache-*', 'latest']);
  const lifecycleRules = props.lifecycleRules ?? [];
  for (const rule of lifecycleRules) checkLifecycleRule(rule);
  return new Repository(scope, id, {
    repositoryName: props.repositoryName ?? stackDefaults.repository,
    imageScanOnPush: true,
    ...(encryptionKey && { encryptionKey }),
    ...(movingTags.length === 0
      ? { imageTagMutability: TagMutability.IMMUTABLE }
      : {
          imageTagMutability: TagMutability.IMMUTABLE_WITH_EXCLUSION,
          imageTagMutabilityExclusionFilters: movingTags.map((pattern) =>
            ImageTagMutabilityExclusionFilter.wildcard(pattern),
          ),
        }),
    lifecycleRules: [...lifecycleRules],
    removalPolicy: props.removalPolicy ?? RemovalPolicy.RETAIN,
  });
}

/** ECR's limits: https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-tag-mutability.html */
function checkedPatterns(patterns: readonly string[]): readonly string[] {
  if (patterns.length > 5) throw invalidProp('repository.movingTags', patterns, 'ECR takes at most five patterns');
  const wrong = patterns.find((pattern) => !/^[0-9a-zA-Z._*-]{1,128}$/.test(pattern) || pattern.split('*').length > 3);
  if (wrong === undefined) return patterns;
  throw invalidProp('repository.movingTags', wrong, 'use 1 to 128 letters, digits, ".", "_", "-", and at most two "*"');
}
