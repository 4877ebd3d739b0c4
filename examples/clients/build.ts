// Builds a branch with the typed client: build.ts BRANCH KEY
//
// TWINHULL_URL names the service, TWINHULL_TOKEN_FILE the file of an API token. The same KEY gets the same build again,
// so that a call that broke off can simply be made once more.
import { readFile, writeFile } from 'node:fs/promises';
import { TwinhullClient } from 'twinhull/client';

const [branch = '', key = ''] = process.argv.slice(2);
const { TWINHULL_URL = '', TWINHULL_TOKEN_FILE = '', RECIPE = 'recipe.json' } = process.env;

const client = new TwinhullClient({
  url: TWINHULL_URL,
  token: async () => (await readFile(TWINHULL_TOKEN_FILE, 'utf8')).trim(),
});

const recipe = JSON.parse(await readFile(RECIPE, 'utf8')) as Record<string, unknown>;
const { build } = await client.submit({ ref: branch, recipe }, { idempotencyKey: key });

// Goes on by itself where the connection breaks.
for await (const { event } of client.followEvents(build.id)) console.error(event.type);

for (const platform of ['arm64', 'amd64'] as const) {
  await writeFile(`${build.id}-${platform}.log`, client.log(build.id, platform));
}

const { state, failure, tags } = await client.build(build.id);
if (state !== 'published') throw new Error(`build ${build.id} is ${state}: ${failure?.message ?? ''}`);
for (const { reference, digest } of tags) console.log(`${reference} ${digest}`);
