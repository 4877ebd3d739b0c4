import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { systemCodeOf } from '../../domain/errors/system-code.ts';
import { reasonOf, TwinhullError } from '../../domain/errors/twinhull-error.ts';
import { quoted } from '../../domain/quoted.ts';
import { type Environment, variable } from '../network/environment.ts';
import { type EngineEndpoint, parseEngineEndpoint } from './engine-endpoint.ts';

const configSchema = z.object({ currentContext: z.string().optional() });

/** The file that `docker context create` writes (docker/cli, cli/context/store). */
const contextSchema = z.object({
  Endpoints: z.object({
    docker: z.object({ Host: z.string().optional(), SkipTLSVerify: z.boolean().optional() }).optional(),
  }),
});

/**
 * The engine of the current docker context: of `name`, else of the one selected by `docker context use`. Undefined for
 * the context `default`, which only means `DOCKER_HOST` and the usual socket.
 *
 * @throws SettingInvalid for a context that is missing or cannot be used
 */
export function contextEngine(
  name: string | undefined,
  environment: Environment = process.env,
): EngineEndpoint | undefined {
  const folder = variable(environment, 'DOCKER_CONFIG') ?? join(variable(environment, 'HOME') ?? homedir(), '.docker');
  const context = name ?? currentContext(join(folder, 'config.json'));
  if (context === undefined || context === '' || context === 'default') return undefined;
  const id = createHash('sha256').update(context).digest('hex');
  const file = join(folder, 'contexts/meta', id, 'meta.json');
  const found = read(file, contextSchema);
  if (found === undefined) throw unusable(context, `there is no such context (${file})`);
  const { Host: host, SkipTLSVerify: isUnverified = false } = found.Endpoints.docker ?? {};
  if (host === undefined || host === '') throw unusable(context, 'it names no Docker Engine');
  if (isUnverified) throw unusable(context, 'it does not verify the certificate of its engine');
  const certificates = join(folder, 'contexts/tls', id, 'docker');
  return {
    ...parseEngineEndpoint(host, existsSync(certificates) ? { DOCKER_CERT_PATH: certificates } : {}),
    context,
  };
}

function currentContext(file: string): string | undefined {
  return read(file, configSchema)?.currentContext;
}

function read<T>(file: string, schema: z.ZodType<T>): T | undefined {
  try {
    return schema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw new TwinhullError(
      'SettingInvalid',
      `cannot read the docker configuration ${quoted(file)}: ${whyNot(error)}`,
      {
        hint: 'correct the file, or set DOCKER_HOST to the engine',
      },
    );
  }
}

/** The parser's own message quotes part of the file, which may be a password. */
function whyNot(error: unknown): string {
  if (error instanceof SyntaxError) return 'it is not valid JSON';
  return error instanceof z.ZodError ? 'the docker command writes it in another form' : reasonOf(error);
}

function isMissing(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes(systemCodeOf(error));
}

function unusable(context: string, why: string): TwinhullError {
  return new TwinhullError('SettingInvalid', `cannot use the docker context ${quoted(context)}: ${why}`, {
    hint: 'choose another (docker context use), or set DOCKER_HOST to the engine',
  });
}
