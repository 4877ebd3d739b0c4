import { createHash } from 'node:crypto';
import { TwinhullError } from '../domain/errors/twinhull-error.ts';
import { quoted } from '../domain/quoted.ts';

/** A kind of name: its pattern and its longest length. */
export interface NameRule {
  readonly what: string;
  readonly pattern: RegExp;
  readonly longest: number;
  /** The pattern in words, for people. */
  readonly words: string;
}

/** A label of RFC 1123: Kubernetes requires it for names that also become the value of a label or a host name. */
export const dnsLabel: NameRule = {
  what: 'a name in Kubernetes',
  pattern: /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/,
  longest: 63,
  words: 'lower-case letters, digits and -, beginning and ending with a letter or digit',
};

/** RFC 1123 labels separated by dots, which Kubernetes accepts for service accounts and config maps. */
export const dnsSubdomain: NameRule = {
  what: 'a name in Kubernetes',
  pattern: /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/,
  longest: 253,
  words: 'lower-case letters, digits, - and ., each part beginning and ending with a letter or digit',
};

/** https://docs.aws.amazon.com/batch/latest/APIReference/API_RegisterJobDefinition.html */
export const batchName: NameRule = {
  what: 'the name of a Batch job definition',
  pattern: /^[A-Za-z0-9_-]+$/,
  longest: 128,
  words: 'letters, digits, - and _',
};

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html: Batch needs the ARN, not the name. */
export const roleArn: NameRule = {
  what: 'the ARN of a role',
  pattern: /^arn:aws[a-z-]*:iam::\d{12}:role\/[A-Za-z0-9_+=,.@/-]+$/,
  longest: 2048,
  words: 'such as arn:aws:iam::123456789012:role/task',
};

/** Checked by form alone: new regions appear. */
export const awsRegion: NameRule = {
  what: 'an AWS region',
  pattern: /^[a-z]{2,}(?:-[a-z]+)+-\d+$/,
  longest: 32,
  words: 'such as us-gov-west-1',
};

/** https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html */
export const logGroupName: NameRule = {
  what: 'the name of a log group',
  pattern: /^[A-Za-z0-9_/.#-]+$/,
  longest: 512,
  words: 'letters, digits, _ / . # and -',
};

/** The user's name, unchanged. @throws ArgumentInvalid naming the option */
export function checkName(option: string, name: string, { what, pattern, longest, words }: NameRule): string {
  if (name.length <= longest && pattern.test(name)) return name;
  throw new TwinhullError('ArgumentInvalid', `${option} is ${quoted(name)}, which is not ${what}`, {
    hint: `give 1 to ${longest} characters: ${words}`,
  });
}

/**
 * An RFC 1123 label from parts named elsewhere. A truncated label ends in a hash over all parts, so that long names
 * stay distinct; characters that a label cannot contain become lower case or dashes.
 */
export function labelFrom(parts: readonly string[], longest: number = dnsLabel.longest): string {
  const text = parts
    .join('-')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
  if (text !== '' && text.length <= longest) return text;
  const hash = createHash('sha256').update(parts.join('-')).digest('hex').slice(0, 8);
  const head = text.slice(0, longest - hash.length - 1).replace(/-+$/, '');
  return head === '' ? `x-${hash}` : `${head}-${hash}`;
}

/**
 * Digits with at most one suffix, above 0:
 * https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
 */
const quantity = /^(?=.*[1-9])\d{1,12}(?:\.\d{1,3})?(?:m|k|Ki|M|Mi|G|Gi|T|Ti)?$/;

/** The user's quantity, unchanged. @throws ArgumentInvalid naming the option */
export function checkQuantity(option: string, text: string): string {
  if (quantity.test(text)) return text;
  throw new TwinhullError('ArgumentInvalid', `${option} is ${quoted(text)}, which is not a quantity in Kubernetes`, {
    hint: 'give a number above 0 with a suffix where one is needed: 500m, 2, 1.5Gi',
  });
}
