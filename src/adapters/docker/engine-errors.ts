import { reasonLineOf, TwinhullError } from '../../errors/twinhull-error.ts';
import type { EngineEndpoint } from './engine-endpoint.ts';

/** Turns whatever Node or the engine made of a call into one of our errors; the original stays its `cause`. */
export function engineError(error: unknown, endpoint: EngineEndpoint, action: string): TwinhullError {
  if (error instanceof TwinhullError) return error;
  const status = statusOf(error);
  if (status !== undefined) return answeredError(error, status, endpoint, action);
  const reason = reasonLineOf(error);
  return new TwinhullError(
    'EngineUnreachable',
    `the Docker Engine at ${endpoint.text} cannot be reached to ${action}: ${reason}`,
    {
      hint: connectionHint(codeOf(error), reason, endpoint),
      cause: error,
    },
  );
}

/** The HTTP status that the engine answered with, if it did; looks through an error of ours to its cause. */
export function statusOf(error: unknown): number | undefined {
  const origin = error instanceof TwinhullError ? error.cause : error;
  if (typeof origin !== 'object' || origin === null || !('statusCode' in origin)) return undefined;
  return typeof origin.statusCode === 'number' ? origin.statusCode : undefined;
}

/** What the engine said, on one line. */
export function engineReason(error: unknown): string {
  const origin = error instanceof TwinhullError ? error.cause : error;
  return reasonLineOf(origin);
}

function answeredError(error: unknown, status: number, endpoint: EngineEndpoint, action: string): TwinhullError {
  const reason = engineReason(error);
  const message = `the Docker Engine at ${endpoint.text} answered ${status} to ${action}: ${reason}`;
  if (status === 401 || status === 403) {
    return new TwinhullError('EngineUnsuitable', message, {
      hint: 'let this user work with the engine: something in front of it forbids it',
      cause: error,
    });
  }
  const hint = reason.includes('HTTP request to an HTTPS server')
    ? 'this engine speaks TLS: set DOCKER_TLS_VERIFY=1 and DOCKER_CERT_PATH'
    : "see the engine's own log: journalctl -u docker";
  return new TwinhullError('EngineUnreachable', message, { hint, cause: error });
}

function connectionHint(code: string | undefined, reason: string, endpoint: EngineEndpoint): string {
  if (endpoint.kind === 'ssh')
    return `try it by hand: ssh ${endpoint.user ? `${endpoint.user}@` : ''}${endpoint.host} docker version`;
  if (code === 'EACCES') return `let this user use ${endpoint.text}: add it to the group docker, or run as root`;
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'correct the host name, or see whether its DNS answers';
  if (isTlsProblem(code, reason)) return 'do DOCKER_TLS_VERIFY and the files in DOCKER_CERT_PATH fit this engine?';
  if (code === 'ENOENT')
    return 'there is no such socket: start the engine (systemctl start docker), or set DOCKER_HOST';
  if (code === 'ECONNREFUSED') return 'nothing listens there: start the engine, or set DOCKER_HOST';
  if (code === 'ECONNRESET' || code === 'EPIPE')
    return 'the engine went away during the call: does it run, and does it restart?';
  return 'is the engine up, and does a firewall let this machine through?';
}

function isTlsProblem(code: string | undefined, reason: string): boolean {
  const codes = /^(ERR_TLS|ERR_SSL|CERT_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|EPROTO|ERR_OSSL|HPE_)/;
  return (code !== undefined && codes.test(code)) || /certificate|handshake/i.test(reason);
}

function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
