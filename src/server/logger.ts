import { type DestinationStream, type Logger, pino } from 'pino';

/** JSON lines, one an event; what could hold a secret is left out. */
export function serviceLogger(destination: DestinationStream): Logger {
  const secrets = ['authorization', 'headers.authorization', 'req.headers.authorization', 'err.config', 'token'];
  return pino(
    {
      redact: { paths: secrets, censor: '[secret]' },
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
