import { type DestinationStream, type Logger, pino } from 'pino';
import { signInCallback } from '../ports/identity-provider.ts';
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
          url: url && withoutAnswer(url),
          ip,
          ...(headers && { hasToken: 'authorization' in headers }),
        }),
      },
    },
    destination,
  );
}

/** Without what an OpenID provider sent, wherever a proxy put the path. */
function withoutAnswer(url: string): string {
  const at = url.indexOf(`${signInCallback}?`);
  return at === -1 ? url : url.slice(0, at + signInCallback.length);
}

/** As it appears inside a JSON string. */
function inJson(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}
