/**
 * Whether a host, as written in a URL or a `Host` header or as a bare address, can only be this machine: `localhost`
 * and its subdomains (RFC 6761, section 6.3), `127.0.0.0/8`, `::1`.
 */
export function isLoopback(host: string): boolean {
  return /^(?:localhost|[^:/@]+\.localhost|\[::1\]|::1|127(?:\.\d{1,3}){3})$/i.test(host);
}
