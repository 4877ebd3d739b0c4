const proxyVariables = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'ALL_PROXY'] as const;

/**
 * The proxy settings among `environment`, in capitals and in small letters: git and curl read `http_proxy` only
 * so, other tools only in capitals.
 */
export function proxyEnvironment(environment: NodeJS.ProcessEnv): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of proxyVariables) {
    const value = environment[name] ?? environment[name.toLowerCase()];
    if (value === undefined || value === '') continue;
    found[name] = value;
    found[name.toLowerCase()] = value;
  }
  return found;
}
