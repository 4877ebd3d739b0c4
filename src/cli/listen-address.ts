import { TwinhullError } from '../domain/errors/twinhull-error.ts';
import { isLoopback } from '../domain/loopback.ts';

/** Where the service accepts connections. */
export interface ListenAddress {
  /** A host name or an address; IPv6 without brackets. */
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
  readonly loopback: boolean;
}

/** Parses `host:port`, `[::1]:port` or `:port`, which is every address of this machine. @throws SettingInvalid */
export function parseListenAddress(text: string): ListenAddress {
  const [, bracketed, plain, port] = /^(?:\[([0-9a-fA-F:]+)\]|([A-Za-z0-9.-]*)):(\d{1,5})$/.exec(text) ?? [];
  if (port === undefined || Number(port) > 65_535)
    throw new TwinhullError('SettingInvalid', `the address to listen on is "${text}"`, {
      hint: 'give host:port in TWINHULL_LISTEN or --listen, such as 127.0.0.1:8080',
    });
  const host = bracketed ?? (plain || '0.0.0.0');
  return { host, port: Number(port), loopback: isLoopback(host) };
}
