/** What git may learn from our environment: how to run, and how to reach the network. */
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
 * Git as a tool, not as somebody's tool: no configuration of user or machine, no prompt, no `~/.netrc`, messages in
 * English because they are read.
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
    ...(caFile !== undefined && { GIT_SSL_CAINFO: caFile }),
  };
}

/** Configuration for every call to a remote: only http(s), no credential but ours, no hooks. */
export function remoteConfig(repository: string): readonly string[] {
  const plain = repository.startsWith('http://') ? ['protocol.http.allow=always'] : [];
  return [
    'credential.helper=',
    'core.hooksPath=/dev/null',
    'protocol.allow=never',
    'protocol.https.allow=always',
    ...plain,
  ];
}
