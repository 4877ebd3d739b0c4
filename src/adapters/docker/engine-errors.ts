import { systemCodeOf } from '../../domain/errors/system-code.ts';
import { reasonLineOf, TwinhullError } from '../../domain/errors/twinhull-error.ts';
import { describeEndpoint, type EngineEndpoint } from './engine-endpoint.ts';

/** Maps an error of Node or the engine to one of the catalogue, with the original as its `cause`. */
export function engineError(error: unknown, endpoint: EngineEndpoint, action: string): TwinhullError {
  if (TwinhullError.is(error)) return error;
  const status = statusOf(error);
  if (status !== undefined) return answeredError(error, status, endpoint, action);
  const reason = reasonLineOf(error);
  return new TwinhullError(
    'EngineUnreachable',
    `the Docker Engine at ${describeEndpoint(endpoint)} cannot be reached to ${action}: ${reason}`,
    {
      hint: connectionHint(systemCodeOf(error), reason, endpoint),
      cause: error,
    },
  );
}

/** The HTTP status of the engine's response, if there was one; also of the cause of an error of ours. */
export function statusOf(error: unknown): number | undefined {
  const origin = TwinhullError.is(error) ? error.cause : error;
  if (typeof origin !== 'object' || origin === null || !('statusCode' in origin)) return undefined;
  return typeof origin.statusCode === 'number' ? origin.statusCode : undefined;
}

/** Whether the engine itself refused. A gateway in front of it (502 to 504) does not know the outcome of a call. */
export function isRefusal(error: unknown): boolean {
  const status = statusOf(error);
  return status !== undefined && (status <= 501 || status > 504);
}

/** The engine's message, on one line. */
export function engineReason(error: unknown): string {
  const origin = TwinhullError.is(error) ? error.cause : error;
  return reasonLineOf(origin);
}

function answeredError(error: unknown, status: number, endpoint: EngineEndpoint, action: string): TwinhullError {
  const reason = engineReason(error);
  const message = `the Docker Engine at ${describeEndpoint(endpoint)} answered ${status} to ${action}: ${reason}`;
  if (status === 401 || status === 403) {
    return new TwinhullError('EngineUnsuitable', message, {
      hint: 'give this user access to the engine: a program in front of it denies it',
      cause: error,
    });
  }
  if (/client version [\d.]+ is too old/.test(reason))
    return new TwinhullError('EngineUnsuitable', message, {
      hint: 'update twinhull, or use an engine that supports an older API',
      cause: error,
    });
  const hint = reason.includes('HTTP request to an HTTPS server')
    ? 'this engine speaks TLS: set DOCKER_TLS_VERIFY=1 and DOCKER_CERT_PATH'
    : "see the engine's own log: journalctl -u docker";
  return new TwinhullError('EngineUnreachable', message, { hint, cause: error });
}

function connectionHint(code: string | undefined, reason: string, endpoint: EngineEndpoint): string {
  if (endpoint.kind === 'ssh')
    return `try it by hand: ssh ${endpoint.user ? `${endpoint.user}@` : ''}${endpoint.host} docker version`;
  if (code === 'EACCES') return `let this user use ${endpoint.text}: add it to the group docker, or run as root`;
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'correct the host name, or check that it resolves';
  if (isTlsProblem(code, reason))
    return 'check that DOCKER_TLS_VERIFY and the files in DOCKER_CERT_PATH match this engine';
  if (code === 'ENOENT')
    return 'there is no such socket: start the engine (systemctl start docker), or set DOCKER_HOST';
  if (code === 'ECONNREFUSED') return 'the connection was refused: start the engine, or set DOCKER_HOST';
  if (code === 'ECONNRESET' || code === 'EPIPE')
    return 'check that the engine is running and not restarting: it closed the connection during the call';
  return 'check that the engine is running, and that no firewall blocks this machine';
}

function isTlsProblem(code: string | undefined, reason: string): boolean {
  const codes = /^(ERR_TLS|ERR_SSL|CERT_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|EPROTO|ERR_OSSL|HPE_)/;
  return (code !== undefined && codes.test(code)) || /certificate|handshake/i.test(reason);
}
