import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { parse, parseAllDocuments } from 'yaml';
import { z } from 'zod';

/** Only what our own kustomizations use: any other field would have no effect here, so it is refused. */
const kustomization = z.strictObject({
  apiVersion: z.enum(['kustomize.config.k8s.io/v1beta1', 'kustomize.config.k8s.io/v1alpha1']),
  kind: z.enum(['Kustomization', 'Component']),
  namespace: z.string().optional(),
  resources: z.array(z.string()).default([]),
  components: z.array(z.string()).default([]),
  labels: z.array(z.strictObject({ pairs: z.record(z.string(), z.string()) })).default([]),
  images: z.array(z.strictObject({ name: z.string(), newName: z.string(), newTag: z.string() })).default([]),
  configMapGenerator: z
    .array(
      z.strictObject({
        name: z.string(),
        behavior: z.literal('merge').optional(),
        envs: z.array(z.string()).default([]),
        files: z.array(z.string()).default([]),
      }),
    )
    .default([]),
  patches: z.array(z.strictObject({ path: z.string() })).default([]),
});

const manifest = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string() }),
});

export type Manifest = z.output<typeof manifest>;

/** Lists that Kubernetes merges, with the key of their elements; all others are replaced. */
const merged: Readonly<Record<string, string>> = {
  containers: 'name',
  env: 'name',
  volumeMounts: 'mountPath',
  volumes: 'name',
};
/** Our kinds that belong to no namespace. */
const clusterWide = new Set(['Namespace']);

/**
 * The output of `kubectl kustomize` for a folder, except for the hash at the end of a generated name.
 *
 * @throws when a file is missing, a patch or a merge finds nothing to change, or a field is not supported here
 */
export function kustomize(folder: string): readonly Manifest[] {
  return apply(folder, []);
}

/** @param given the manifests that a component starts from */
function apply(folder: string, given: readonly Manifest[]): readonly Manifest[] {
  const read = (name: string): string => readFileSync(join(folder, name), 'utf8');
  const wanted = kustomization.parse(parse(read('kustomization.yaml')));
  const resources = wanted.resources.flatMap((resource) =>
    resource.endsWith('.yaml') ? documentsOf(read(resource)) : kustomize(join(folder, resource)),
  );
  let objects: readonly Manifest[] = [...given, ...resources];
  for (const component of wanted.components) objects = apply(join(folder, component), objects);
  for (const { name, behavior, envs, files } of wanted.configMapGenerator) {
    const parts = [...envs.map((file) => parseEnv(read(file))), ...files.map((file) => ({ [file]: read(file) }))];
    const data = Object.assign({}, ...parts) as Record<string, string>;
    const map = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data };
    objects = behavior === 'merge' ? patched(objects, map) : [...objects, map];
  }
  for (const { path } of wanted.patches) {
    for (const patch of documentsOf(read(path))) objects = patched(objects, patch);
  }
  const labels = Object.assign({}, ...wanted.labels.map(({ pairs }) => pairs)) as Record<string, string>;
  return objects.map((object) => {
    const metadata = { ...object.metadata, ...inNamespace(object, wanted.namespace) };
    if (Object.keys(labels).length > 0) metadata['labels'] = { ...(metadata['labels'] as object), ...labels };
    return withImages({ ...object, metadata }, wanted.images);
  });
}

function documentsOf(text: string): readonly Manifest[] {
  return parseAllDocuments(text).map((document) => manifest.parse(document.toJS()));
}

function inNamespace({ kind }: Manifest, namespace: string | undefined): object {
  return namespace === undefined || clusterWide.has(kind) ? {} : { namespace };
}

function patched(objects: readonly Manifest[], patch: Manifest): readonly Manifest[] {
  const isMeant = ({ apiVersion, kind, metadata }: Manifest): boolean =>
    apiVersion === patch.apiVersion && kind === patch.kind && metadata.name === patch.metadata.name;
  if (!objects.some(isMeant)) throw new Error(`nothing is called ${patch.kind} ${patch.metadata.name}`);
  return objects.map((object) => (isMeant(object) ? (merge(object, patch) as Manifest) : object));
}

/** https://kubectl.docs.kubernetes.io/references/kustomize/glossary/#patch-strategic-merge */
function merge(old: unknown, change: unknown, key = ''): unknown {
  const by = merged[key];
  if (Array.isArray(old) && Array.isArray(change)) return by === undefined ? change : mergeBy(by, old, change);
  if (!isObject(old) || !isObject(change)) return change;
  const result: Record<string, unknown> = { ...old };
  for (const [name, value] of Object.entries(change)) result[name] = merge(old[name], value, name);
  return result;
}

/** New elements come first, as in kustomize. */
function mergeBy(key: string, old: readonly unknown[], change: readonly unknown[]): readonly unknown[] {
  const nameOf = (element: unknown): unknown => (isObject(element) ? element[key] : undefined);
  const kept = old.map((element) => merge(element, change.find((one) => nameOf(one) === nameOf(element)) ?? {}));
  return [...change.filter((one) => !old.some((element) => nameOf(element) === nameOf(one))), ...kept];
}

type ImageChange = z.output<typeof kustomization>['images'][number];

function withImages<T>(value: T, images: readonly ImageChange[]): T {
  if (Array.isArray(value)) return value.map((element: unknown) => withImages(element, images)) as T;
  if (!isObject(value)) return value;
  const entries = Object.entries(value).map(([key, inner]) => {
    const image = key === 'image' ? images.find(({ name }) => name === inner) : undefined;
    return [key, image === undefined ? withImages(inner, images) : `${image.newName}:${image.newTag}`] as const;
  });
  return Object.fromEntries(entries) as T;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
