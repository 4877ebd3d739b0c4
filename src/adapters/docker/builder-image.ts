import { text } from 'node:stream/consumers';
import { TwinhullError } from '../../domain/errors/twinhull-error.ts';
import type { RegistryCredentials, SecretSource } from '../../ports/secret-source.ts';
import type { Engine } from './engine.ts';
import type { EngineApi } from './engine-api.ts';
import { engineReason, statusOf } from './engine-errors.ts';

const pullDeadline = 15 * 60_000;

/** Pulls the builder image where the engine lacks it. @throws BuilderImageMissing, EngineUnreachable, SettingInvalid */
export async function ensureBuilderImage(engine: Engine, image: string, secrets: SecretSource): Promise<void> {
  if (!/^[A-Za-z0-9][A-Za-z0-9._:@/+-]*$/.test(image)) {
    throw new TwinhullError('SettingInvalid', `the builder image "${image}" is not a valid image name`);
  }
  if (await engineHasImage(engine, image)) return;
  const credentials = await secrets.registryCredentials(registryOfImage(image));
  try {
    await engine.call(`pull ${image}`, (api, signal) => pull(api, image, credentials, signal), pullDeadline);
  } catch (error) {
    if (TwinhullError.is(error, 'BuilderImageMissing')) throw missing(image, engine, error.message, error);
    if (statusOf(error) !== undefined) throw missing(image, engine, engineReason(error), error);
    throw error;
  }
}

function missing(image: string, engine: Engine, reason: string, cause: unknown): TwinhullError {
  const message = `the builder image "${image}" is not on the engine at ${engine.endpoint.text}, and cannot be pulled: ${reason}`;
  return new TwinhullError('BuilderImageMissing', message, { cause });
}

async function engineHasImage(engine: Engine, image: string): Promise<boolean> {
  try {
    await engine.call(`inspect the image ${image}`, (api, signal) => api.inspectImage(image, signal));
    return true;
  } catch (error) {
    if (statusOf(error) === 404) return false;
    if (statusOf(error) === 400) throw missing(image, engine, engineReason(error), error);
    throw error;
  }
}

async function pull(
  api: EngineApi,
  image: string,
  credentials: RegistryCredentials | undefined,
  signal: AbortSignal,
): Promise<void> {
  // Without a tag the engine would pull all of them.
  const fromImage = /[:@][^/]*$/.test(image) ? image : `${image}:latest`;
  const login = credentials && { ...credentials, serveraddress: registryOfImage(image) };
  const progress = await api.pullImage(fromImage, login, signal);
  // The engine responds 200 at once; the stream, one JSON object per line, reports whether the pull succeeded.
  const lines = (await text(progress)).split('\n').filter((line) => line.trim() !== '');
  const failure = lines.map((line) => JSON.parse(line) as { error?: string }).find(({ error }) => error !== undefined);
  if (failure?.error !== undefined) throw new TwinhullError('BuilderImageMissing', failure.error);
}

/** `host[:port]` of the registry in an image name; docker's rule for distinguishing a host from a folder. */
export function registryOfImage(image: string): string {
  const [first = '', ...others] = image.split('/');
  return others.length > 0 && (/[.:]/.test(first) || first === 'localhost') ? first : 'docker.io';
}
