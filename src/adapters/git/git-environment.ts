/** The variables that git inherits: how to run, and how to reach the network. */
const inherited = [
  'PATH',
  'TMPDIR',
  'http_proxy',
  'https_proxy',
  'HTTPS_PROXY',
  'all_proxy',
  'ALL_PROXY',
  'no_proxy',
  'NO_PROXY',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'GIT_SSL_CAINFO',
] as const;

/**
 * Isolates git from the user: no configuration of user or machine, no prompt, no `~/.netrc`, and messages in English,
 * because they are parsed.
 */
export function remoteEnvironment(
  caFile: string | undefined,
  source: NodeJS.ProcessEnv = process.env,
): Record<string, string> {
  const known = inherited.flatMap((name) => (source[name] === undefined ? [] : [[name, source[name]] as const]));
  return {
    ...Object.fromEntries<string>(known),
    HOME: '/nonexistent',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ASKPASS: '',
    LC_ALL: 'C',
    // For `Retry-After`, which git itself does not print. Git omits the values of credentials.
    GIT_TRACE_CURL: '1',
    GIT_TRACE_CURL_NO_DATA: '1',
    ...(caFile !== undefined && { GIT_SSL_CAINFO: caFile }),
  };
}

/** Configuration for every call to a remote: only http(s), no credential but ours, no hooks. */
export function remoteConfig(repository: string): readonly string[] {
  // Plain http is for loopback alone; a proxy could read the credential.
  const plain = repository.startsWith('http://') ? ['protocol.http.allow=always', 'http.proxy='] : [];
  return [
    'credential.helper=',
    'core.hooksPath=/dev/null',
    'protocol.allow=never',
    'protocol.https.allow=always',
    ...plain,
  ];
}
