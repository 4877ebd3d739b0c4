import { readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Deployment } from 'kubernetes-models/apps/v1';
import { CronJob } from 'kubernetes-models/batch/v1';
import { NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1';
import { ConfigMap, type IPodTemplateSpec, Namespace, Service, ServiceAccount } from 'kubernetes-models/v1';
import { describe, expect, it } from 'vitest';
import { settingOfOutput } from '../../infra/src/outputs.ts';
import { grace } from '../../src/cli/commands/serve.ts';
import { parseListenAddress } from '../../src/cli/listen-address.ts';
import { parseRecipe } from '../../src/recipes/read-recipe.ts';
import { settingsCatalogue } from '../../src/settings/setting-catalogue.ts';
import { loadSettings } from '../../src/settings/settings.ts';
import { kustomize, type Manifest } from '../../test/helpers/kustomization.ts';

interface Validated {
  validate(): void;
}

/** Kubernetes' own schemas, by kind. */
const models: Readonly<Record<string, new (data: never) => Validated>> = {
  ConfigMap,
  CronJob,
  Deployment,
  Namespace,
  NetworkPolicy,
  PodDisruptionBudget,
  Service,
  ServiceAccount,
};

const folder = (name: string): string => join(import.meta.dirname, name);
const overlay = kustomize(folder('overlays/eks-govcloud'));
const openapi = JSON.parse(readFileSync(join(import.meta.dirname, '../../schema/openapi.json'), 'utf8')) as {
  readonly paths: Readonly<Record<string, { readonly get?: object }>>;
};

/** The user and group of the image; `deploy/Dockerfile` has the same. */
const user = 10_001;

function one<T = Manifest>(kind: string, objects = overlay): T {
  const found = objects.filter((object) => object.kind === kind);
  expect(found.map(({ metadata }) => metadata.name)).toHaveLength(1);
  return found[0] as T;
}

function configMap(name: string): Readonly<Record<string, string>> {
  const found = overlay.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === name);
  return (found as ConfigMap | undefined)?.data ?? {};
}

const deployment = one<Deployment>('Deployment').spec!;
const cronJob = one<CronJob>('CronJob').spec!;
const service = one<Service>('Service').spec!;
const templates: readonly (readonly [string, IPodTemplateSpec])[] = [
  ['the service', deployment.template],
  ['prune', cronJob.jobTemplate.spec!.template],
];

function podOf(template: IPodTemplateSpec) {
  const { containers, ...pod } = template.spec!;
  expect(containers).toHaveLength(1);
  return { pod, container: containers[0]! };
}

const { container } = podOf(deployment.template);
const settings = configMap('twinhull-settings');

describe.each(['base', 'overlays/eks-govcloud'])('%s', (name) => {
  const objects = kustomize(folder(name));

  it.each(objects.map((object) => [`${object.kind} ${object.metadata.name}`, object] as const))(
    '%s matches the Kubernetes schema',
    (_, object) => {
      const Model = models[object.kind];
      if (Model === undefined) throw new Error(`no schema is known of ${object.kind}`);
      expect(() => new Model(object as never).validate()).not.toThrow();
    },
  );

  it('references only objects that exist, apart from secrets', () => {
    const mapped = objects.filter(({ kind }) => kind === 'ConfigMap').map(({ metadata }) => metadata.name);
    const text = JSON.stringify(objects);
    const wanted = [...text.matchAll(/"configMap(?:Ref)?":\{"name":"([^"]+)"/g)].map(([, reference]) => reference);
    expect(new Set(wanted)).toEqual(new Set(mapped));
    expect(text).not.toContain('"kind":"Secret"');
    const secrets = [...text.matchAll(/"secret(?:KeyRef":\{"n|":\{"secretN)ame":"([^"]+)"/g)].map(([, each]) => each);
    const known = ['twinhull-database', 'twinhull-git', ...(name === 'base' ? [] : ['twinhull-github'])];
    expect(new Set(secrets)).toEqual(new Set(known));
  });
});

it('the pods run as the user of the image, which listens on the configured address', () => {
  const dockerfile = readFileSync(join(import.meta.dirname, '../Dockerfile'), 'utf8');
  expect(dockerfile).toContain(`\nUSER ${user}:${user}\n`);
  expect(dockerfile).toContain(`TWINHULL_LISTEN=${settings['TWINHULL_LISTEN']!}\n`);
  for (const { mountPath } of podOf(cronJob.jobTemplate.spec!.template).container.volumeMounts!)
    expect(['/tmp', /TWINHULL_STATE_DIR=(\S+)/.exec(dockerfile)?.[1]]).toContain(mountPath);
});

it('a broken object fails validation', () => {
  const broken = { ...one('Deployment'), spec: { ...deployment, replicas: 'two' } };
  expect(() => new Deployment(broken as never).validate()).toThrow(/replicas/);
});

describe('the settings', () => {
  it('are valid settings of Twinhull', () => {
    const known = Object.keys(settingsCatalogue);
    expect(Object.keys(settings).filter((name) => !known.includes(name))).toEqual([]);
    const names = container.env!.map(({ name }) => name);
    expect(names.filter((name) => !known.includes(name))).toEqual([]);
    expect(loadSettings({ ...settings, HOME: '/nonexistent' })).toMatchObject({ backend: 'aws', emulation: false });
  });

  it('include every output of the AWS stack', () => {
    expect(Object.keys(settings)).toEqual(expect.arrayContaining(Object.values(settingOfOutput)));
  });

  it('contain no secret: secrets are referenced by name', () => {
    expect(settings).not.toHaveProperty('DATABASE_URL');
    for (const [, template] of templates)
      expect(podOf(template).container.env).toEqual([
        { name: 'DATABASE_URL', valueFrom: { secretKeyRef: { name: 'twinhull-database', key: 'url' } } },
      ]);
  });

  it('refer to files in mounted folders', () => {
    const files = Object.entries(settings).filter(([, value]) => value.startsWith('/'));
    expect(files.map(([name]) => name).sort()).toEqual([
      'TWINHULL_GITHUB_RECIPES',
      'TWINHULL_GITHUB_TOKEN_FILE',
      'TWINHULL_GITHUB_WEBHOOK_SECRET_FILE',
      'TWINHULL_GIT_TOKEN_FILE',
    ]);
    const folders = container.volumeMounts!.map(({ mountPath }) => mountPath);
    for (const [name, file] of files) expect(folders, name).toContain(dirname(file));
  });

  it('name a recipe that selects the branches to build', () => {
    const recipes = configMap('twinhull-recipes');
    expect(Object.keys(recipes)).toEqual([basename(settings['TWINHULL_GITHUB_RECIPES']!)]);
    expect(parseRecipe(recipes['recipe.yaml']!, 'recipe.yaml').pushBranches).toBeDefined();
  });

  it('make the service listen on the port of the probes and the Service', () => {
    const { host, port } = parseListenAddress(settings['TWINHULL_LISTEN']!);
    expect({ host, port }).toEqual({ host: '0.0.0.0', port: container.ports![0]!.containerPort });
    expect(service.ports).toEqual([{ name: 'http', port: 80, targetPort: container.ports![0]!.name }]);
  });
});

describe('the pods', () => {
  it.each(templates)('of %s comply with the restricted pod security standard', (_, template) => {
    // https://kubernetes.io/docs/concepts/security/pod-security-standards/
    const { pod, container: only } = podOf(template);
    expect(pod).toMatchObject({
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      serviceAccountName: one('ServiceAccount').metadata.name,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: user,
        runAsGroup: user,
        fsGroup: user,
        seccompProfile: { type: 'RuntimeDefault' },
      },
    });
    expect(only.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    expect(pod).not.toHaveProperty('hostNetwork');
    for (const volume of pod.volumes!) expect(volume).not.toHaveProperty('hostPath');
    expect(only.resources).toMatchObject({ requests: { memory: '256Mi' }, limits: { memory: '1Gi' } });
  });

  it.each(templates)('of %s run the image on amd64 nodes, with every volume mounted', (_, template) => {
    const { pod, container: only } = podOf(template);
    expect(pod.nodeSelector).toEqual({ 'kubernetes.io/os': 'linux', 'kubernetes.io/arch': 'amd64' });
    expect(only.image).toMatch(/^\d{12}\.dkr\.ecr\.us-gov-west-1\.amazonaws\.com\/twinhull:/);
    const names = (named: readonly { name: string }[]): ReadonlySet<string> => new Set(named.map(({ name }) => name));
    expect(names(pod.volumes!)).toEqual(names(only.volumeMounts!));
  });

  it('of the service have a longer grace period than the shutdown takes', () => {
    expect(deployment.template.spec!.terminationGracePeriodSeconds).toBeGreaterThan(grace / 1000);
    const { drainSeconds } = loadSettings({ ...settings, HOME: '/nonexistent' }).serve;
    expect(drainSeconds).toBeGreaterThanOrEqual(5);
    expect(drainSeconds).toBeLessThan(grace / 1000);
  });

  it('of the service are probed at endpoints without authentication', () => {
    const { startupProbe, livenessProbe, readinessProbe } = container;
    const paths = [startupProbe, livenessProbe, readinessProbe].map((probe) => probe!.httpGet);
    expect(paths).toEqual([
      { path: '/healthz', port: 'http' },
      { path: '/healthz', port: 'http' },
      { path: '/readyz', port: 'http' },
    ]);
    for (const probe of paths) {
      expect(openapi.paths).toHaveProperty([probe!.path!, 'get']);
      expect(openapi.paths[probe!.path!]?.get).not.toHaveProperty('security');
    }
    expect(openapi.paths['/metrics']?.get).toHaveProperty('security');
  });

  it('run existing commands', () => {
    expect(container.args).toEqual(['serve']);
    expect(podOf(cronJob.jobTemplate.spec!.template).container.args).toEqual(['prune', '--yes']);
    expect(cronJob.concurrencyPolicy).toBe('Forbid');
  });
});

describe('the objects around the pods', () => {
  const labels = deployment.template.metadata!.labels!;

  it('select the pods of the service and not those of prune', () => {
    const selectors = [
      deployment.selector.matchLabels!,
      service.selector!,
      one<PodDisruptionBudget>('PodDisruptionBudget').spec!.selector!.matchLabels!,
      ...deployment.template.spec!.topologySpreadConstraints!.map((each) => each.labelSelector!.matchLabels!),
    ];
    for (const selector of selectors) {
      expect(labels).toMatchObject(selector);
      expect(cronJob.jobTemplate.spec!.template.metadata!.labels).not.toMatchObject(selector);
    }
  });

  it('keep one of two replicas running during voluntary disruptions', () => {
    expect(deployment.replicas).toBe(2);
    expect(deployment.strategy).toEqual({ rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } });
    expect(one<PodDisruptionBudget>('PodDisruptionBudget').spec).toMatchObject({ maxUnavailable: 1 });
  });

  it('allow ingress to the API port only', () => {
    expect(one<NetworkPolicy>('NetworkPolicy').spec).toMatchObject({
      policyTypes: ['Ingress'],
      ingress: [{ ports: [{ port: 'http', protocol: 'TCP' }] }],
    });
  });

  it('include the service account and namespace of the role in AWS', () => {
    expect(one('ServiceAccount').metadata).toMatchObject({
      name: 'twinhull',
      namespace: 'twinhull',
      annotations: { 'eks.amazonaws.com/role-arn': expect.stringMatching(/^arn:aws-us-gov:iam::\d{12}:role\//) },
    });
    expect(one('Namespace').metadata).toMatchObject({
      name: 'twinhull',
      labels: { 'pod-security.kubernetes.io/enforce': 'restricted' },
    });
  });
});
