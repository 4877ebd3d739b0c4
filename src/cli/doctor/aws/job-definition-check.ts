import type { JobDefinitionFacts } from '../../../adapters/aws/inspect/facts.ts';
import { definitionBudget, definitionLength } from '../../../builder/batch-limits.ts';
import { readBootstrap } from '../../../builder/bootstrap.ts';
import { builderSocket, contractVersion } from '../../../builder/contract.ts';
import { scriptDigest } from '../../../builder/script.ts';
import { type CheckResult, ok, problem, warning } from '../check.ts';
import type { Asker } from './failure-result.ts';

const redeploy = 'deploy the stack again with this version of Twinhull';

interface JobDefinitionAsker extends Asker {
  readonly builderScript: string;
  readonly longestRunSeconds?: number | undefined;
}

/**
 * Whether the job definition starts this version's builder with the host's socket. `reference` is the value of the
 * setting; `longestRunSeconds` the run limit up to which recipes are accepted, if one is set.
 */
export function judgeJobDefinition(
  name: string,
  reference: string,
  facts: JobDefinitionFacts | undefined,
  { builderScript, region, longestRunSeconds }: JobDefinitionAsker,
): readonly CheckResult[] {
  if (facts === undefined)
    return [
      problem(
        name,
        `there is no active job definition ${reference} in ${region}`,
        'correct BUILD_JOB_DEFINITION or BATCH_REGION, or deploy the stack (docs/deploying.md)',
      ),
    ];
  const title = `${facts.name}:${facts.revision}`;
  if (facts.status !== 'ACTIVE')
    return [
      problem(name, `${title} is ${facts.status}`, `name an active revision in BUILD_JOB_DEFINITION, or ${redeploy}`),
    ];
  const results = [
    ...socketResult(name, title, facts),
    ...userResults(name, title, facts),
    ...scriptResult(name, title, facts, builderScript),
    ...timeoutResults(name, title, facts, longestRunSeconds),
  ];
  return results.length > 0
    ? results
    : [ok(name, `${title} runs this version's builder in ${facts.image}, with the host's socket, unprivileged`)];
}

function socketResult(name: string, title: string, { mounts }: JobDefinitionFacts): readonly CheckResult[] {
  const isMounted = mounts.some(({ hostPath, containerPath }) => isSocket(hostPath) && isSocket(containerPath));
  return isMounted
    ? []
    : [problem(name, `${title} does not mount ${builderSocket}: no engine to build with`, redeploy)];
}

/** /var/run is a link to /run on the hosts, and in the images of stacks deployed earlier. */
function isSocket(path: string): boolean {
  return path === `/var${builderSocket}` || path === builderSocket;
}

function userResults(name: string, title: string, { privileged, user }: JobDefinitionFacts): readonly CheckResult[] {
  const results: CheckResult[] = [];
  if (privileged)
    results.push(warning(name, `${title} is privileged, although builds over the socket need no privileges`, redeploy));
  if (user !== undefined && user !== '' && !/^(?:root|0)(?::|$)/.test(user))
    results.push(
      warning(name, `${title} runs as ${user}, which may have no access to the socket`, `run it as root: ${redeploy}`),
    );
  return results;
}

function scriptResult(
  name: string,
  title: string,
  { command, environment }: JobDefinitionFacts,
  builderScript: string,
): readonly CheckResult[] {
  const variables = [...environment].map(([variable, value]) => ({ name: variable, value }));
  const length = definitionLength(command, variables);
  if (length > definitionBudget)
    return [
      problem(
        name,
        `${title} has ${length} characters of command and environment; AWS Batch may refuse jobs above ${definitionBudget}`,
        redeploy,
      ),
    ];
  const started = readBootstrap(command);
  if (started === undefined) return [problem(name, `${title} does not start the builder script`, redeploy)];
  if (started.contract !== contractVersion)
    return [
      problem(
        name,
        `${title} starts a builder of contract ${started.contract}; this version needs contract ${contractVersion}`,
        redeploy,
      ),
    ];
  if (started.sha256 === scriptDigest(builderScript)) return [];
  return [warning(name, `${title} starts the builder script of another version, of the same contract`, redeploy)];
}

/** Hosts keep images and drain for as long as the definition allows: a job that may run longer can lose its image. */
function timeoutResults(
  name: string,
  title: string,
  { timeoutSeconds }: JobDefinitionFacts,
  longestRunSeconds: number | undefined,
): readonly CheckResult[] {
  if (timeoutSeconds === undefined) return [];
  const limit = `${title} limits jobs to ${timeoutSeconds} s`;
  const set = `set BUILD_TIMEOUT_SECONDS=${timeoutSeconds}`;
  if (longestRunSeconds === undefined)
    return [warning(name, `${limit}, and recipes with a longer timeouts.run are accepted`, set)];
  return longestRunSeconds > timeoutSeconds
    ? [problem(name, `${limit}, but BUILD_TIMEOUT_SECONDS accepts recipes of up to ${longestRunSeconds} s`, set)]
    : [];
}
