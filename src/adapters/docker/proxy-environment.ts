const proxyVariables = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'ALL_PROXY'] as const;

/**
 * The proxy settings of `environment`, in upper and lower case: git and curl read `http_proxy` only in lower case,
 * other tools only upper case.
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
