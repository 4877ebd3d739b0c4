import { trackedFiles } from './tracked-files.ts';

const pages = trackedFiles('*.md', ':!docs/adr', ':!CHANGELOG.md');

/** Every command that README and docs show, once. */
export const commands = [...new Set(pages.flatMap(({ text }) => commandsOf(text)))];

/** A command that is run, and what it prints. */
export type Runs = Readonly<Record<string, RegExp>>;

/** Run from a folder that has only a clone with a Dockerfile, without a network, and without a build. */
export const runsOfNewUser: Runs = {
  'twinhull init': /wrote twinhull\.yaml/,
  'twinhull plan': /registry\.example\/team\/app/,
  'twinhull token create --name ci --scope build': /th_/,
  'twinhull prune': /nothing/,
  'twinhull prune --yes --keep-days 7': /nothing/,
  'twinhull prune --yes --keep-days 90': /nothing/,
  'twinhull simulate --builds-per-day 1000 --profile office --max-vcpus 64': /linux\/arm64 /,
  'twinhull list --state building waiting': /no builds/,
  'twinhull completion bash > ~/.local/share/bash-completion/completions/twinhull': /^$/,
  'twinhull completion zsh > ~/.zfunc/_twinhull': /^$/,
  'twinhull completion fish > ~/.config/fish/completions/twinhull.fish': /^$/,
};

const curl = 'curl --fail-with-body -sS';
const token = '-H "Authorization: Bearer $TWINHULL_TOKEN"';
const python = 'import json; print(json.dumps(json.load(open("simulation.json")) | json.load(open("aws.json"))))';

/** Starts the service that answers the calls below. */
export const serviceCommand =
  'TWINHULL_REPOSITORY=https://git.example/acme/model.git TWINHULL_DESTINATION=registry.example/acme/model twinhull serve';

/** Run in this order where a build is published, with a service on its store. */
export const runsWithBuild: Runs = {
  'twinhull wait --timeout 3600': /published/,
  'twinhull logs --platform linux/arm64 --follow': /compiling/,
  'twinhull manifest batch': /"jobDefinitionName"/,
  'twinhull manifest batch 3f2c1a9': /"jobDefinitionName"/,
  'twinhull manifest k8s 0mh2k3v9a1b2': /kind: Job/,
  'twinhull manifest vecoli "$BUILD" --queue vecoli-arm64 >aws.json': /^$/,
  [`python3 -c '${python}' >workflow.json`]: /^$/,
  [`${curl}N "$TWINHULL_URL/v1/builds/$BUILD/events" ${token} -H "Accept: text/event-stream"`]: /event: build\.created/,
  [`${curl} "$TWINHULL_URL/v1/builds/$BUILD" ${token}`]: /"state":"published"/,
  [`${curl} "$TWINHULL_URL/v1/builds/$BUILD/logs/arm64" ${token}`]: /compiling/,
  [`${curl} "$TWINHULL_URL/v1/builds/$BUILD/logs/arm64/lines?tail=50" ${token}`]: /"text":"compiling/,
  [`${curl} "$TWINHULL_URL/v1/builds/$BUILD/logs/arm64/lines?search=error&limit=20" ${token}`]: /"text":"no error/,
  [`${curl} "$TWINHULL_URL/v1/images?commit=$COMMIT" ${token}`]: /"tags":\[/,
  [`${curl} "$TWINHULL_URL/v1/badge.svg?branch=main" ${token} >badge.svg`]: /^$/,
};

/** Commands that no test runs from an empty folder, by their beginning, each with the reason. */
export const elsewhere: readonly (readonly [beginning: RegExp, why: string])[] = [
  [/^npm (?:run (?:quickstart|lint|test:unit)|test\b)/, 'is the gate itself, or runs in it'],
  [/^npm (?:ci|pack|install)\b/, 'installs; test/e2e/package.test.ts packs and installs the package'],
  [/^git (?:clone|pull)\b/, 'needs a git server'],
  [/^(?:git grep\b|TWINHULL_STATE_DIR=.* node_modules\/\.bin\/tsx )/, 'is run in the clone: docs-commands.test.ts'],
  [/^export [A-Z_]+=/, 'sets variables alone; their names are checked'],
  [/^(?:read|unset|mkdir|cd infra$)/, 'belongs to the commands around it'],
  [/^(?:cd infra && )?npx cdk (?:bootstrap|destroy)\b/, 'needs an AWS account'],
  [/^npx cdk synth\b/, 'runs in the lab: test/integration/stack-template.test.ts'],
  [
    /^npm run (?:deploy|diff|--silent settings)\b/,
    'needs an AWS account; docs/deploying.md lists what the lab does instead, by test',
  ],
  [/^(?:aws|ISSUER=\$\(aws|printf %s "\$TOKEN" \| aws)\b/, 'needs an AWS account'],
  [/^(?:kubectl|printf %s "\$(?:URL|TOKEN)" \| kubectl|twinhull manifest k8s .* \| kubectl)\b/, 'needs a cluster'],
  [/^docker (?:run|buildx build)\b/, 'needs an engine and the image of the service'],
  [/^BUILD=\$\((?:curl|echo)/, 'builds, for which it needs an engine: test/e2e/serve.test.ts, aws-simulation.test.ts'],
  [/^(?:\.\/build\.(?:sh|py)|npx tsx build\.ts) /, 'needs a service: test/e2e/client-examples.test.ts'],
  [/^npx tsx lab\/batch-stand-in\/main\.ts /, 'serves until it is stopped; the unit tests of the stand-in start it'],
  [/^openssl rand /, 'writes to /etc'],
  [
    /^twinhull (?:build|doctor|manifest batch --register|promote)\b/,
    'needs an engine, a registry or an AWS account; its options are checked',
  ],
];

/** The commands in the fenced blocks `sh` and `console` of a page, without comments, each on one line. */
function commandsOf(text: string): readonly string[] {
  return [...text.matchAll(/^ *```(sh|console)\n([\s\S]*?)^ *```/gm)].flatMap(([, kind, block = '']) => {
    const lines = block
      .replaceAll(/ *\\\n\s*|(?<=\|)\n\s*/g, ' ')
      .split('\n')
      .map((line) => line.trim());
    const typed = kind === 'console' ? lines.flatMap((line) => (line.startsWith('$ ') ? [line.slice(2)] : [])) : lines;
    return joined(typed)
      .map((line) => line.replace(/\s+#\s.*$/, '').trim())
      .filter((line) => line !== '' && !line.startsWith('#'));
  });
}

/** Joins the lines of a text in single quotes. */
function joined(lines: readonly string[]): readonly string[] {
  const whole: string[] = [];
  let open: string[] = [];
  for (const line of lines) {
    open.push(line);
    if (open.join('').split("'").length % 2 === 0) continue;
    whole.push(open.join(' '));
    open = [];
  }
  return whole;
}
