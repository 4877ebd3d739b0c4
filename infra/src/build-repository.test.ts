import { RemovalPolicy } from 'aws-cdk-lib';
import { type LifecycleRule, Repository, TagStatus } from 'aws-cdk-lib/aws-ecr';
import { describe, expect, it } from 'vitest';
import { allowed, propertiesOf, stackWith, standardTemplate, synthesized } from '../test/synthesized.ts';
import type { BuildRepositoryProps } from './build-repository.ts';

const withRepository = (repository: BuildRepositoryProps) => synthesized({ repository });
const filters = (...patterns: string[]) =>
  patterns.map((pattern) => ({
    ImageTagMutabilityExclusionFilterType: 'WILDCARD',
    ImageTagMutabilityExclusionFilterValue: pattern,
  }));

describe('the repository', () => {
  it('scans pushed images, keeps published tags immutable, and is retained with the stack’s deletion', () => {
    standardTemplate().hasResource('AWS::ECR::Repository', {
      Properties: {
        RepositoryName: 'vecoli',
        ImageScanningConfiguration: { ScanOnPush: true },
        ImageTagMutability: 'IMMUTABLE_WITH_EXCLUSION',
        ImageTagMutabilityExclusionFilters: filters('staging-*', 'cache-*', 'latest'),
      },
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
    });
  });

  it('has no default lifecycle rule: untagged images may be halves of published indexes', () => {
    expect(propertiesOf(standardTemplate(), 'AWS::ECR::Repository')).not.toHaveProperty('LifecyclePolicy');
  });

  it('accepts another name, other moving tags, and deletion with the stack', () => {
    withRepository({
      repositoryName: 'app',
      movingTags: ['staging-*', 'main'],
      removalPolicy: RemovalPolicy.DESTROY,
    }).hasResource('AWS::ECR::Repository', {
      Properties: { RepositoryName: 'app', ImageTagMutabilityExclusionFilters: filters('staging-*', 'main') },
      DeletionPolicy: 'Delete',
    });
    withRepository({ movingTags: [] }).hasResourceProperties('AWS::ECR::Repository', {
      ImageTagMutability: 'IMMUTABLE',
    });
  });

  it.each([
    [['a', 'b', 'c', 'd', 'e', 'f'], 'ECR takes at most five patterns'],
    [['a*b*c*'], 'at most two'],
    [['a/b'], 'use 1 to 128'],
    [[''], 'use 1 to 128'],
  ])('refuses the moving tags %j', (movingTags, hint) => {
    expect(() => stackWith({ repository: { movingTags } })).toThrow(
      expect.objectContaining({ code: 'SettingInvalid', hint: expect.stringContaining(hint) }),
    );
  });

  it('may be an existing one', () => {
    const template = synthesized((stack) => ({
      repository: { existing: Repository.fromRepositoryName(stack, 'Images', 'theirs') },
    }));
    template.resourceCountIs('AWS::ECR::Repository', 0);
    expect(allowed(template, 'PipelineJobJobRole').get('ecr:PutImage')).toEqual([
      'arn:<AWS::Partition>:ecr:us-gov-west-1:<AWS::AccountId>:repository/theirs',
    ]);
  });
});

describe('lifecycle rules', () => {
  const maxImageCount = 10;

  it('are accepted where they name a tag prefix', () => {
    const policy = propertiesOf(
      withRepository({ lifecycleRules: [{ tagPrefixList: ['pr-'], maxImageCount }] }),
      'AWS::ECR::Repository',
    )['LifecyclePolicy'] as { LifecyclePolicyText: string };
    expect(JSON.parse(policy.LifecyclePolicyText)).toMatchObject({
      rules: [{ selection: { tagPrefixList: ['pr-'] } }],
    });
    expect(() =>
      stackWith({ repository: { lifecycleRules: [{ tagPatternList: ['v1.*-rc'], maxImageCount }] } }),
    ).not.toThrow();
  });

  it.each<LifecycleRule>([
    { maxImageCount },
    { tagStatus: TagStatus.UNTAGGED, maxImageCount },
    { tagStatus: TagStatus.ANY, maxImageCount },
    { tagPrefixList: ['staging-'], maxImageCount },
    { tagPrefixList: ['pr-', 'sta'], maxImageCount },
    { tagPatternList: ['*'], maxImageCount },
    { tagPatternList: ['*-arm64'], maxImageCount },
    { tagPatternList: ['cache-app-*'], maxImageCount },
    { tagPatternList: ['staging-app-arm64-1'], maxImageCount },
  ])('are refused where they could select half of an index: %j', (rule) => {
    expect(() => stackWith({ repository: { lifecycleRules: [rule] } })).toThrow('the prop repository.lifecycleRules');
  });
});
