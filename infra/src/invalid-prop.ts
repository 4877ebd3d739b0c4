import { Token } from 'aws-cdk-lib';
import { TwinhullError } from '../../src/errors/twinhull-error.ts';

/** What a construct throws when a prop cannot stand: which one, its value, what it may be. */
export function invalidProp(name: string, value: unknown, hint: string): TwinhullError {
  return new TwinhullError('SettingInvalid', `the prop ${name} is ${JSON.stringify(value)}`, { hint });
}

/**
 * Checks a whole number that a prop gives.
 * @throws SettingInvalid when it is known now and not from `least` to `most`
 */
export function checkedWhole(name: string, value: number, least: number, most: number): number {
  if (Token.isUnresolved(value) || (Number.isInteger(value) && value >= least && value <= most)) return value;
  throw invalidProp(name, value, `give a whole number from ${least} to ${most}`);
}
