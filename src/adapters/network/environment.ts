/** Variables of a process, passed explicitly so that tests can choose them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** An empty variable counts as unset. */
export function variable(environment: Environment, name: string): string | undefined {
  const value = environment[name];
  return value === '' ? undefined : value;
}
