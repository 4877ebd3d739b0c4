/** Fields of docker and compose that a recipe does not have: why, and the alternative. */

const sshMounts =
  'ssh mounts are not supported: give the key or token as a secret, RUN --mount=type=secret (docs/recipes.md)';
const namedContexts =
  'named contexts are not supported: copy from the one context, or build the other source as an image of this recipe and use `from` (docs/recipes.md)';
const ofTheImage = 'belongs to the image, beside `dockerfile`';
const cache = 'the layer cache is in the registry: `cache: false` turns it off, and no other value can be set';
const privileges = 'build steps cannot have extra privileges: do this in a script (docs/recipes.md)';
const network = 'the network of a build cannot be set (docs/recipes.md)';

/** Fields of docker, compose and bake that authors try under `dockerfile`, with what to write instead. */
export const unsupportedInDockerfile: Readonly<Record<string, string>> = {
  ssh: sshMounts,
  contexts: namedContexts,
  'build-contexts': namedContexts,
  build_contexts: namedContexts,
  additional_contexts: namedContexts,
  platforms: ofTheImage,
  tags: ofTheImage,
  from: ofTheImage,
  verify: ofTheImage,
  cache_from: cache,
  cache_to: cache,
  'cache-from': cache,
  'cache-to': cache,
  privileged: privileges,
  entitlements: privileges,
  allow: privileges,
  network,
  extra_hosts: network,
  'add-host': network,
  labels: 'labels cannot be set in a recipe: write LABEL into the Dockerfile',
};

/** Fields that authors try under `script`, with what to write instead. */
export const unsupportedInScript: Readonly<Record<string, string>> = {
  ssh: 'scripts have no ssh agent: give the key as a secret, `secrets` (docs/recipes.md)',
  shell: 'scripts are run by bash: start another interpreter from the script',
  platforms: 'belongs to the image, beside `script`',
  tags: 'belongs to the image, beside `script`',
  verify: 'belongs to the image, beside `script`',
};
