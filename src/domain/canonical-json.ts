import canonicalize from 'canonicalize';

/** JSON with its keys in order (RFC 8785): equal values give equal text. */
// The package is CommonJS whose declarations claim an ES module: what is imported is the function itself.
export const canonicalJson = canonicalize as unknown as (value: object) => string;
