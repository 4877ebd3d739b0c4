import { TwinhullError } from './errors/twinhull-error.ts';
import { quoted } from './quoted.ts';

/**
 * Checks the name or ARN of a secret in AWS Secrets Manager, as the builder does (contract.sh).
 * https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html
 * @param what the setting that contains it
 * @throws SettingInvalid
 */
export function parseStoredSecretId(what: string, text: string): string {
  if (isStoredSecretId(text)) return text;
  throw new TwinhullError('SettingInvalid', `${what} holds ${quoted(text)}, which is not the name or ARN of a secret`, {
    hint: 'give a name of letters, digits and / _ + = . @ -, or the ARN',
  });
}

/** Whether Secrets Manager and the builder accept it; a leading dash would be an option of the command line. */
export function isStoredSecretId(text: string): boolean {
  return /^[A-Za-z0-9/_+=.@][A-Za-z0-9/_+=.@:-]*$/.test(text);
}

/**
 * Checks the key of a value in a secret that is a JSON object.
 * @param what the setting that contains it
 * @throws SettingInvalid
 */
export function parseSecretKey(what: string, text: string): string {
  if (/^[A-Za-z0-9_-]+$/.test(text)) return text;
  throw new TwinhullError('SettingInvalid', `${what} is ${quoted(text)}, which cannot be a key`, {
    hint: 'give a key of letters, digits, _ and -',
  });
}
