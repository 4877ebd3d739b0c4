import type { HostPrices } from '../domain/build-estimate.ts';
import { TwinhullError } from '../domain/errors/twinhull-error.ts';
import { platformSuffix, platforms } from '../domain/platform.ts';
import { quoted } from '../domain/quoted.ts';

/**
 * Parses TWINHULL_PRICE_PER_HOUR: `0.17`, or `arm64=0.16,amd64=0.18`.
 * @throws SettingInvalid
 */
export function hostPricesOf(text: string | undefined): HostPrices | undefined {
  if (text === undefined) return undefined;
  const single = priceOf(text);
  if (single !== undefined) return { 'linux/arm64': single, 'linux/amd64': single };
  const values = new Map(text.split(',').map((part) => splitAt(part.trim())));
  const [arm64, amd64] = platforms.map((platform) => priceOf(values.get(platformSuffix(platform))));
  if (arm64 === undefined || amd64 === undefined || values.size !== platforms.length)
    throw new TwinhullError('SettingInvalid', `TWINHULL_PRICE_PER_HOUR is ${quoted(text)}`, {
      hint: 'give the price of a host for an hour from 0 to 1000, such as 0.17, or arm64=0.16,amd64=0.18',
    });
  return { 'linux/arm64': arm64, 'linux/amd64': amd64 };
}

function splitAt(part: string): readonly [name: string, value: string] {
  const at = part.indexOf('=');
  return [part.slice(0, Math.max(0, at)), part.slice(at + 1)];
}

function priceOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,4}(?:\.\d{1,9})?$/.test(text) && Number(text) <= 1000 ? Number(text) : undefined;
}
