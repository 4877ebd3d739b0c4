import { type DestinationStream, type Logger, pino } from 'pino';
import { censored, redacted } from './redact.ts';

/**
 * JSON lines, one an event; what could hold a secret is left out, and what looks like one is taken out of each line.
 * @param known secrets that have no form to know them by
 */
export function serviceLogger(destination: DestinationStream, known: readonly string[] = []): Logger {
  const secrets = ['authorization', 'headers.authorization', 'req.headers.authorization', 'err.config', 'token'];
  return pino(
    {
      redact: { paths: secrets, censor: censored },
      // Whatever a message, an error or its stack quotes from elsewhere.
      hooks: { streamWrite: (line) => redacted(line, known.map(inJson)) },
      serializers: {
        // Never headers nor body.
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
          url,
          ip,
          ...(headers && { hasToken: 'authorization' in headers }),
        }),
      },
    },
    destination,
  );
}

/** As it stands in a line of JSON. */
function inJson(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}
