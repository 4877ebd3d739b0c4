/** The parts of an Amazon Resource Name that locate a resource. */
export interface Arn {
  readonly partition: string;
  readonly service: string;
  /** Empty where the service has no regions. */
  readonly region: string;
  readonly account: string;
}

/** Undefined when the text is not an ARN, such as a plain name. */
export function parseArn(text: string): Arn | undefined {
  const match = /^arn:(aws[a-z-]*):([a-z0-9-]+):([a-z0-9-]*):(\d{12}|):.+$/.exec(text);
  if (match === null) return undefined;
  const [, partition = '', service = '', region = '', account = ''] = match;
  return { partition, service, region, account };
}

/**
 * The partition that a region belongs to
 * (https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html).
 */
export function partitionOf(region: string): string {
  if (region.startsWith('us-gov-')) return 'aws-us-gov';
  if (region.startsWith('cn-')) return 'aws-cn';
  if (region.startsWith('eusc-')) return 'aws-eusc';
  const isolated = /^[a-z]{2}-iso([a-z]?)-/.exec(region);
  if (isolated === null) return 'aws';
  return isolated[1] ? `aws-iso-${isolated[1]}` : 'aws-iso';
}
