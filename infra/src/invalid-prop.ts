import { Token } from 'aws-cdk-lib';
import { TwinhullError } from '../../src/domain/errors/twinhull-error.ts';

/** The error of a construct for an invalid prop: its name, its value, what it may be. */
export function invalidProp(name: string, value: unknown, hint: string): TwinhullError {
  return new TwinhullError('SettingInvalid', `the prop ${name} is ${JSON.stringify(value)}`, { hint });
}

/**
 * Checks that a prop is a whole number in a range.
 * @throws SettingInvalid when its value is known at synthesis and not from `least` to `most`
 */
export function checkedWhole(name: string, value: number, least: number, most: number): number {
  if (Token.isUnresolved(value) || (Number.isInteger(value) && value >= least && value <= most)) return value;
  throw invalidProp(name, value, `give a whole number from ${least} to ${most}`);
}
