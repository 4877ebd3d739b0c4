type Environment = Readonly<Record<string, string>>;

/**
 * The recipe field that a job's variable came from, such as `images.app.script.args[0]`; undefined for other variables.
 */
export function recipeField(variable: string, environment: Environment): string | undefined {
  const [, step = '', part = ''] = /^(TWINHULL_STEP_\d+)_(.+)$/.exec(variable) ?? [];
  const image = environment[`${step}_IMAGE`];
  if (image === undefined) return undefined;
  const field = fieldOf(part, environment[variable] ?? '');
  return field === undefined ? undefined : `images.${image}.${field}`;
}

function fieldOf(part: string, value: string): string | undefined {
  const named = { SCRIPT: 'script.path', DOCKERFILE: 'dockerfile.path', DOCKERFILE_INLINE: 'dockerfile.inline' };
  if (Object.hasOwn(named, part)) return named[part as keyof typeof named];
  const [, list = '', first = '', second] = /^(ARG|ENV|BUILD_ARG|VERIFY)_(\d+)(?:_(\d+))?$/.exec(part) ?? [];
  const index = `[${String(Number(first) - 1)}]`;
  const name = value.split('=')[0] ?? '';
  switch (list) {
    case 'ARG':
      return `script.args${index}`;
    case 'ENV':
      return `script.env.${name}`;
    case 'BUILD_ARG':
      return `dockerfile.args.${name}`;
    case 'VERIFY':
      return `verify${index}${second === undefined ? '' : `[${String(Number(second) - 1)}]`}`;
    default:
      return undefined;
  }
}
