/** Limits that AWS documents but that are not in its models. https://docs.aws.amazon.com/batch/latest/APIReference/ */
export const jobName = /^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/;
export const mostJobIds = 100;

/**
 * Most bytes of a request. The two operations of Batch have different limits, which cannot be raised:
 * https://docs.aws.amazon.com/batch/latest/userguide/service_limits.html
 */
export const mostRequestBytes = {
  /** "Maximum job payload size (for SubmitJob API operations)": 30 KiB. */
  SubmitJob: 30 * 1024,
  /** "Maximum job definition size (for RegisterJobDefinition API operations)": 24 KiB. */
  RegisterJobDefinition: 24 * 1024,
} as const;

export const documented = {
  'batch.SubmitJobRequest': { jobName: { pattern: jobName.source } },
  'batch.DescribeJobsRequest': { jobs: { max: mostJobIds } },
  'batch.RegisterJobDefinitionRequest': { jobDefinitionName: { pattern: jobName.source } },
  // The model demands one image, and ECR answers with none where all were refused.
  'ecr.BatchDeleteImageResponse': { imageIds: { max: 100 } },
} as const;

/** Members that the models require, and AWS omits: a job has no start time before it started. */
export const omitted: Readonly<Record<string, readonly string[]>> = { 'batch.JobDetail': ['startedAt'] };
