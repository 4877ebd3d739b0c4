/**
 * Whether a host, as a URL or a `Host` header spells it or as a bare address, can only be this machine: `localhost` and
 * what is below it (RFC 6761, section 6.3), `127.0.0.0/8`, `::1`.
 */
export function isLoopback(host: string): boolean {
  return /^(?:localhost|[^:/@]+\.localhost|\[::1\]|::1|127(?:\.\d{1,3}){3})$/i.test(host);
}
