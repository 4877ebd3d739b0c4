import canonicalize from 'canonicalize';

/** JSON with sorted keys (RFC 8785): equal values give equal text. */
// The package is CommonJS, but its declarations claim an ES module: the import is the function itself.
export const canonicalJson = canonicalize as unknown as (value: object) => string;
