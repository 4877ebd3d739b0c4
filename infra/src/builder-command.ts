import { invalidProp } from './invalid-prop.ts';

/**
 * The command of the builder's container: the script as one argument of `sh`, which is then PID 1 and gets Batch's TERM.
 * The entrypoint of docker:cli hands to docker only options and docker's own subcommands; everything else it execs as it
 * stands (https://github.com/docker-library/docker/blob/master/docker-entrypoint.sh).
 *
 * @throws SettingInvalid when Batch would change the script: it replaces `Ref::name` in commands by a parameter
 */
export function builderCommand(script: string): readonly string[] {
  if (script.trim() === '') throw invalidProp('job.builderScript', script, 'give the text of src/builder/builder.sh');
  const reference = /Ref::\S*/.exec(script);
  if (reference) {
    throw invalidProp('job.builderScript', reference[0], 'write it otherwise: Batch replaces Ref:: in commands');
  }
  return ['sh', '-c', script];
}

/** Batch's limit on the request that registers a job definition, in bytes (24 KiB). */
export const jobDefinitionLimit = 24 * 1024;

/** For names that are known only when it is deployed, such as the roles' ARNs. */
const reserve = 512;

/**
 * @throws SettingInvalid when a job definition is larger than Batch takes
 */
export function checkJobDefinitionSize(definition: unknown): void {
  const size = Buffer.byteLength(JSON.stringify(definition)) + reserve;
  if (size <= jobDefinitionLimit) return;
  throw invalidProp(
    'job.builderScript',
    `${size} bytes with the rest of its job definition`,
    `Batch takes ${jobDefinitionLimit}: shorten builder.sh, or the environment and mounts given to the job`,
  );
}
