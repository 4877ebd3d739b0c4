import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import type { SecretRules } from '../../domain/build-secrets.ts';
import { reasonOf, TwinhullError } from '../../domain/errors/twinhull-error.ts';
import { parseRepository } from '../../domain/git-repository.ts';
import { readYaml } from '../../recipes/yaml-source.ts';

const repository = z.string().refine(isRepository, {
  error: 'give the https:// URL of a repository, or one that ends in a slash for all below it',
});

/** Id of a build secret, or host of a registry of base images. */
const ruledId = z
  .string()
  .max(255, { error: 'an id has at most 255 characters' })
  .regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]*(?::\d{1,5})?$/, {
    error: 'give the id of a build secret, or host[:port] of a registry',
  });

const rules = z.record(
  ruledId,
  z.strictObject({
    repositories: z.array(repository).min(1).optional(),
    recipes: z.array(z.string()).min(1).optional(),
    callers: z.enum(['allow', 'refuse']).optional(),
  }),
);

/**
 * Reads which repositories and recipes may use each build secret, from the YAML file in TWINHULL_SECRET_RULES.
 * @throws SettingInvalid
 */
export async function readSecretRules(file: string | undefined): Promise<SecretRules> {
  if (file === undefined) return new Map();
  const source = readYaml(await textOf(file));
  const parsed = rules.safeParse(source.data ?? {});
  const problems = [
    ...source.problems.map(({ reason }) => reason),
    ...(parsed.error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`),
  ];
  if (parsed.success && problems.length === 0) return new Map(Object.entries(parsed.data));
  throw new TwinhullError('SettingInvalid', `TWINHULL_SECRET_RULES ${file}: ${problems.slice(0, 5).join('; ')}`, {
    hint: 'write `id: { repositories: [https://host/path.git], recipes: [name] }` for each build secret',
  });
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new TwinhullError('SettingInvalid', `TWINHULL_SECRET_RULES ${file} cannot be read: ${reasonOf(cause)}`, {
      cause,
      hint: 'correct the path, or make the file readable',
    });
  }
}

function isRepository(text: string): boolean {
  try {
    parseRepository(text);
    return true;
  } catch {
    return false;
  }
}
