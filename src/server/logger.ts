import { type DestinationStream, type Logger, pino } from 'pino';
import { censored, redacted } from './redact.ts';

/**
 * JSON lines, one per event. Fields that may hold a secret are left out, and text in the form of a secret is removed
 * from each line.
 * @param known secrets without a recognizable form
 */
export function serviceLogger(destination: DestinationStream, known: readonly string[] = []): Logger {
  const secrets = ['authorization', 'headers.authorization', 'req.headers.authorization', 'err.config', 'token'];
  return pino(
    {
      redact: { paths: secrets, censor: censored },
      // A message, an error or its stack may quote text from elsewhere.
      hooks: { streamWrite: (line) => redacted(line, known.map(inJson)) },
      serializers: {
        // Never headers or body.
        req: ({
          id,
          method,
          url,
          ip,
          headers,
        }: {
          id?: string;
          method?: string;
          url?: string;
          ip?: string;
          headers?: object;
        }) => ({
          id,
          method,
          // The answer of an OpenID provider has a code.
          url: url?.replace(/(\/openid\/callback)\?.*/, '$1'),
          ip,
          ...(headers && { hasToken: 'authorization' in headers }),
        }),
      },
    },
    destination,
  );
}

/** As it appears inside a JSON string. */
function inJson(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}
