import type { JobDefinitionFacts } from '../../../adapters/aws-inspect/facts.ts';
import { contractVersion } from '../../../builder/contract.ts';
import { withoutComments } from '../../../builder/script.ts';
import { type CheckResult, ok, problem, warning } from '../check.ts';
import type { Asker } from './failure-result.ts';

const socket = '/var/run/docker.sock';
const redeploy = 'deploy the stack again with this version of Twinhull';

/** Whether the job definition starts this version's builder with the host's socket. `reference` is what the setting says. */
export function judgeJobDefinition(
  name: string,
  reference: string,
  facts: JobDefinitionFacts | undefined,
  { builderScript, region }: Asker & { readonly builderScript: string },
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
  ];
  return results.length > 0
    ? results
    : [ok(name, `${title} runs this version's builder in ${facts.image}, with the host's socket, unprivileged`)];
}

function socketResult(name: string, title: string, { mounts }: JobDefinitionFacts): readonly CheckResult[] {
  const isMounted = mounts.some(({ hostPath, containerPath }) => isSocket(hostPath) && isSocket(containerPath));
  return isMounted ? [] : [problem(name, `${title} does not mount ${socket}: no engine to build with`, redeploy)];
}

/** /var/run is a link to /run on the hosts. */
function isSocket(path: string): boolean {
  return path === socket || path === '/run/docker.sock';
}

function userResults(name: string, title: string, { privileged, user }: JobDefinitionFacts): readonly CheckResult[] {
  const results: CheckResult[] = [];
  if (privileged)
    results.push(warning(name, `${title} is privileged, which builds over the socket do not need`, redeploy));
  if (user !== undefined && user !== '' && !/^(?:root|0)(?::|$)/.test(user))
    results.push(
      warning(name, `${title} runs as ${user}, who may not be let at the socket`, `run it as root: ${redeploy}`),
    );
  return results;
}

function scriptResult(
  name: string,
  title: string,
  { command, environment }: JobDefinitionFacts,
  builderScript: string,
): readonly CheckResult[] {
  const texts = [...command, ...environment.values()];
  const versions = [builderScript, withoutComments(builderScript)].map((text) => text.trim());
  if (texts.some((text) => versions.some((version) => text.includes(version)))) return [];
  const contract = texts.map(contractOf).find((found) => found !== undefined);
  if (contract === undefined) return [problem(name, `${title} does not carry the builder script`, redeploy)];
  if (contract !== contractVersion)
    return [
      problem(
        name,
        `${title} carries a builder of contract ${contract}, and this version speaks ${contractVersion}`,
        redeploy,
      ),
    ];
  return [warning(name, `${title} carries the builder script of another version, of the same contract`, redeploy)];
}

/** Which contract a builder script demands of its environment; undefined where the text is none. */
function contractOf(text: string): number | undefined {
  const found = /^\s*need CONTRACT (\d+)/m.exec(text)?.[1];
  return found === undefined ? undefined : Number(found);
}
