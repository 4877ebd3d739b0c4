/**
 * Whether a host, as written in a URL or a `Host` header or as a bare address, can only be this machine: `localhost`,
 * `127.0.0.0/8`, `::1`. Names below `localhost` are not: RFC 6761 reserves them, but glibc asks the name servers, who
 * may answer with any address.
 */
export function isLoopback(host: string): boolean {
  return /^(?:localhost|\[::1\]|::1|127(?:\.\d{1,3}){3})$/i.test(host);
}

/** Whether secrets may be sent there: by https, or to this machine. */
export function mayCarrySecrets({ protocol, hostname }: URL): boolean {
  return protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname));
}
