import { expect, it } from 'vitest';
import { errorsOf, images } from '../../test/helpers/recipe-errors.ts';

it.each<[string, string, string[]]>([
  [
    'a circle',
    images('  a: { from: c, dockerfile: {} }\n  b: { from: a, dockerfile: {} }\n  c: { from: b, dockerfile: {} }\n'),
    [':4:14: images.a.from: images depend on each other in a cycle: a -> c -> b -> a'],
  ],
  [
    'an image that is based on itself',
    images('  a: { from: a, dockerfile: {} }\n'),
    [':4:14: images.a.from: images depend on each other in a cycle: a -> a'],
  ],
  [
    'an unknown base',
    images('  app: { dockerfile: {} }\n  b: { from: ap, dockerfile: {} }\n'),
    [':5:14: images.b.from: the recipe has no image "ap"; did you mean "app"?'],
  ],
  [
    'a platform that the base lacks',
    images(
      '  a: { platforms: [linux/amd64], dockerfile: {} }\n  b:\n    from: a\n    platforms: [linux/amd64, linux/arm64]\n    dockerfile: {}\n',
    ),
    [':7:30: images.b.platforms[1]: image a, its base, is not built for linux/arm64'],
  ],
  [
    'an unknown platform',
    images('  a: { platforms: [linux/arm], dockerfile: {} }\n'),
    [':4:20: images.a.platforms[0]: "linux/arm": no such platform; did you mean "linux/arm64"?'],
  ],
  [
    'no platform',
    images('  a: { platforms: [], dockerfile: {} }\n'),
    [':4:19: images.a.platforms: name at least one platform'],
  ],
  [
    'a bad name',
    images('  A_b: { dockerfile: {} }\n'),
    [':4:3: images.A_b: a name is lower-case letters and digits, with single . _ - between them'],
  ],
  [
    'neither script nor dockerfile',
    images('  a: {}\n'),
    [':4:3: images.a: it defines no build: give dockerfile or script'],
  ],
  [
    'both script and dockerfile',
    images('  a: { dockerfile: {}, script: { path: x } }\n'),
    [':4:24: images.a.script: both dockerfile and script are given: leave one out'],
  ],
  [
    'both path and inline',
    images('  a: { dockerfile: { path: x, inline: y } }\n'),
    [':4:31: images.a.dockerfile.inline: both path and inline are given: leave one out'],
  ],
  [
    'a stage built once whose arguments change with the commit',
    images('  a: { dockerfile: { args: { V: "{short}" }, once: { R: r } } }\n'),
    [
      ':4:33: images.a.dockerfile.args.V: it changes with the commit, so that no stage could be built once: leave out the placeholder, or `once`',
    ],
  ],
  [
    'a stage built once in an argument that is taken',
    images('  a: { dockerfile: { args: { R: x }, once: { R: r } } }\n'),
    [':4:46: images.a.dockerfile.once.R: this argument has another value already: name another one'],
  ],
  [
    'a stage built once that a placeholder names',
    images('  a: { dockerfile: { once: { R: "x-{short}" } } }\n'),
    [':4:33: images.a.dockerfile.once.R: "x-{short}": a stage is letters, digits and _ . -, without placeholders'],
  ],
  [
    'a script with a base',
    images('  a: { dockerfile: {} }\n  b: { from: a, script: { path: x } }\n'),
    [':5:8: images.b.from: a script chooses its own base: only a dockerfile can use `from`'],
  ],
  [
    'paths that leave the repository',
    images('  a: { dockerfile: { path: /etc/x, context: a/../.. } }\n'),
    [
      ':4:28: images.a.dockerfile.path: "/etc/x": a path is relative to the root of the repository: drop the leading /',
      ':4:45: images.a.dockerfile.context: "a/../..": a path must not leave the repository by ..',
    ],
  ],
  [
    'paths that docker reads as something else',
    images('  a: { dockerfile: { path: -x, context: "https://x/y" } }\n'),
    [
      ':4:28: images.a.dockerfile.path: "-x": a path must not begin with a dash, nor hold a colon, backslash or control character',
      ':4:41: images.a.dockerfile.context: "https://x/y": a path must not begin with a dash, nor hold a colon, backslash or control character',
    ],
  ],
  [
    'numbers, booleans and nothing where text is meant',
    images(
      '  a:\n    dockerfile:\n      args:\n' +
        ['3.10', '010', '0o17', '0x1F', '1e3', '-0', '.NaN', 'True', '~', 'null']
          .map((value, index) => `        V${String(index)}: ${value}\n`)
          .join(''),
    ),
    ['3.10', '010', '0o17', '0x1F', '1e3', '-0', '.NaN', 'True', '~', 'null'].map(
      (value, index) =>
        `:${String(index + 7)}:13: images.a.dockerfile.args.V${String(index)}: expected text, got ${value}; put it in quotes: '${value}'`,
    ),
  ],
  [
    'a value of the wrong type as the author wrote it, wherever it is',
    images(
      '  a: { dockerfile: { args: { V: &v 3.10, W: *v }, cache: 010 }, verify: [[python, 3.10]], tags: [1.10] }\n',
    ),
    [
      ":4:36: images.a.dockerfile.args.V: expected text, got 3.10; put it in quotes: '3.10'",
      ":4:45: images.a.dockerfile.args.W: expected text, got 3.10; put it in quotes: '3.10'",
      ':4:58: images.a.dockerfile.cache: expected true or false, got 010',
      ":4:83: images.a.verify[0][1]: expected text, got 3.10; put it in quotes: '3.10'",
      ":4:98: images.a.tags[0]: expected text or a mapping, got 1.10; put it in quotes: '1.10'",
    ],
  ],
  [
    'a number of a preset',
    'version: 1\npreset: vecoli\nwith: { user: 010 }\n',
    [":3:15: with.user: expected text, got 010; put it in quotes: '010'"],
  ],
  [
    'bad names of arguments and secrets',
    images('  a: { dockerfile: { args: { "A=B": x }, secrets: ["id,src=/etc/x"] } }\n'),
    [
      ':4:30: images.a.dockerfile.args.A=B: a name is letters, digits and _, and does not begin with a digit',
      ':4:52: images.a.dockerfile.secrets[0]: "id,src=/etc/x": an id is letters, digits and _ . -, and does not begin with a dot or dash',
    ],
  ],
  [
    'a variable of the builder',
    images('  a: { script: { path: x, env: { PATH: /evil } } }\n'),
    [':4:34: images.a.script.env.PATH: the builder sets this variable itself'],
  ],
  [
    'an argument that carries the base',
    images('  a: { dockerfile: {} }\n  b: { from: a, dockerfile: { args: { BASE_IMAGE: x } } }\n'),
    [
      ':5:39: images.b.dockerfile.args.BASE_IMAGE: this argument carries the base image; name another one in from.argument',
    ],
  ],
  [
    'placeholders that are not filled in',
    images('  a: { script: { path: x, args: ["--tag={tag}", "{tga}", "{x y}"] } }\n'),
    [
      ':4:34: images.a.script.args[0]: "--tag={tag}": {tag} is filled in only where it is the whole text',
      ':4:49: images.a.script.args[1]: {tga} is not a placeholder; known are {commit} {short} {branch} {platform} {arch} {machine} {registry} {repository} {region} {tag}; a literal one has a backslash: \\{tga}',
    ],
  ],
  [
    'unknown placeholders in what docker build and a script get',
    images(
      '  a:\n    dockerfile:\n      path: "{tag}"\n      target: x-{region}\n      args: { V: "1-{comit}" }\n' +
        "  b: { script: { path: x, env: { V: '{plat}', W: 'x{tag}' }, args: ['\\{tag}'] } }\n",
    ),
    [
      ':6:13: images.a.dockerfile.path: {tag} is not a placeholder; known are {commit} {short} {branch} {platform} {arch} {machine}',
      ':7:15: images.a.dockerfile.target: {region} is not a placeholder; known are {commit} {short} {branch} {platform} {arch} {machine}',
      ':8:18: images.a.dockerfile.args.V: {comit} is not a placeholder; known are {commit} {short} {branch} {platform} {arch} {machine} {registry} {repository} {region}; a literal one has a backslash: \\{comit}',
      ':9:37: images.b.script.env.V: {plat} is not a placeholder; known are {commit} {short} {branch} {platform} {arch} {machine} {registry} {repository} {region} {tag}; a literal one has a backslash: \\{plat}',
      ':9:50: images.b.script.env.W: "x{tag}": {tag} is filled in only where it is the whole text',
      ':9:69: images.b.script.args[0]: "\\\\{tag}": {tag} is filled in only where it is the whole text',
    ],
  ],
  [
    'Dockerfiles that do not fit the platforms',
    images(
      '  a: { platforms: [linux/amd64], dockerfile: { path: { linux/arm64: a } } }\n  b: { dockerfile: { path: { arm64: b } } }\n',
    ),
    [':5:30: images.b.dockerfile.path.arm64: unknown key; there are linux/arm64, linux/amd64'],
  ],
  [
    'Dockerfiles of other platforms than those that are built',
    images('  a: { platforms: [linux/amd64], dockerfile: { path: { linux/arm64: a } } }\n'),
    [
      ':4:54: images.a.dockerfile.path: names no Dockerfile for linux/amd64',
      ':4:56: images.a.dockerfile.path.linux/arm64: the image is not built for this platform',
    ],
  ],
  [
    'two secrets that a script could not tell apart',
    images('  a: { script: { path: x, secrets: [a.b, a-b, c] } }\n'),
    [':4:42: images.a.script.secrets[1]: "a-b" has the variable TWINHULL_SECRET_A_B, and so has "a.b"'],
  ],
  [
    'what is not supported, by its name and with the way round',
    images(
      '  a: { dockerfile: { ssh: [default], additional_contexts: { x: y }, network: host } }\n  b: { script: { path: x, ssh: y } }\n',
    ),
    [
      ':4:22: images.a.dockerfile.ssh: ssh mounts are not supported: give the key or token as a secret, RUN --mount=type=secret (docs/recipes.md)',
      ':4:38: images.a.dockerfile.additional_contexts: named contexts are not supported: copy from the one context, or build the other source as an image of this recipe and use `from` (docs/recipes.md)',
      ':4:69: images.a.dockerfile.network: the network of a build cannot be set (docs/recipes.md)',
      ':5:27: images.b.script.ssh: scripts have no ssh agent: give the key as a secret, `secrets` (docs/recipes.md)',
    ],
  ],
  [
    'reserved, malformed and unclear tags',
    images('  a: { dockerfile: {}, tags: [staging-x, cache-x, "a b", "{nope}", stable, ""] }\n'),
    [
      ':4:31: images.a.tags[0]: "staging-x": tags that begin with staging- are reserved for Twinhull',
      ':4:42: images.a.tags[1]: "cache-x": tags that begin with cache- are reserved for Twinhull',
      ':4:51: images.a.tags[2]: "a b": a tag is letters, digits, _ . and -, and begins with a letter, digit or _',
      ':4:58: images.a.tags[3]: "{nope}": {nope} is not a placeholder; known are {commit} {short} {branch} {platform} {arch} {machine}',
      ':4:68: images.a.tags[4]: "stable": every commit gets this same tag: declare whether later builds move it, { tag: "stable", moving: true }',
      ':4:76: images.a.tags[5]: "": a tag is letters, digits, _ . and -, and begins with a letter, digit or _',
    ],
  ],
  [
    'one tag for two images',
    images('  a: { dockerfile: {} }\n  b: { dockerfile: {}, tags: [latest, "{commit}"] }\n'),
    [':5:39: images.b.tags[1]: "{commit}": image a has that tag already'],
  ],
  [
    'one tag twice',
    images('  a: { dockerfile: {}, tags: ["{commit}-arm64", "{commit}-{platform}"] }\n'),
    [':4:49: images.a.tags[1]: "{commit}-{platform}": image a has that tag already'],
  ],
  [
    'unknown keys, and what was probably meant',
    'version: 1\nname: x\nimage: {}\n',
    [':3:1: image: unknown key; did you mean "images"?'],
  ],
  [
    'wrong forms',
    images('  a: { dockerfile: Dockerfile, verify: ["app --version"], tags: latest }\n'),
    [
      ':4:20: images.a.dockerfile: expected a mapping, got "Dockerfile"',
      ':4:41: images.a.verify[0]: expected a list, got "app --version"',
      ':4:65: images.a.tags: expected a list, got "latest"',
    ],
  ],
  [
    'another version',
    'version: "1"\npreset: vecoli\n',
    [':1:10: version: "1": expected 1, the version of the recipe format'],
  ],
  ['no version', 'preset: vecoli\n', [':1:1: version: expected 1, the version of the recipe format']],
  [
    'durations',
    'version: 1\npreset: vecoli\ntimeouts: { wait: 2 hours, run: 8d }\n',
    [
      ':3:19: timeouts.wait: "2 hours": a duration is written like 45s, 90m, 2h or 1h30m',
      ':3:33: timeouts.run: "8d": a duration lies between 1s and 7d',
    ],
  ],
  ['no name', 'version: 1\nimages: { a: { dockerfile: {} } }\n', [':1:1: name: is missing']],
  ['nothing to build', 'version: 1\nname: x\n', [':1:1: it defines no images: give images or preset']],
  ['no images', 'version: 1\nname: x\nimages: {}\n', [':3:9: images: a recipe has at least one image']],
  [
    'preset and images',
    'version: 1\npreset: vecoli\nimages: { a: { dockerfile: {} } }\n',
    [':3:1: images: both preset and images are given: leave one out'],
  ],
  [
    'options without preset',
    'version: 1\nname: x\nwith: {}\nimages: { a: { dockerfile: {} } }\n',
    [':3:1: with: these are options of a preset, and no preset is named'],
  ],
  [
    'an unknown preset',
    'version: 1\npreset: ecoli\n',
    [':2:9: preset: no such preset "ecoli"; did you mean "vecoli"?'],
  ],
  ['an empty file', '', [': the recipe is empty']],
  ['two documents', 'version: 1\n---\nversion: 1\n', [':2:1: a file holds one recipe, not several']],
  [
    'broken YAML',
    'version: 1\nimages: [\n',
    [':3:1: flow sequence in block collection must be sufficiently indented and end with a ]'],
  ],
  ['a key twice', 'version: 1\nversion: 1\n', [':2:1: map keys must be unique']],
  ['a tag of YAML', 'version: !!js/function x\n', [':1:10: unresolved tag: tag:yaml.org,2002:js/function']],
  [
    'commands and texts that are empty',
    images('  a: { dockerfile: { inline: " " }, verify: [[], [""]] }\n'),
    [
      ':4:30: images.a.dockerfile.inline: " ": an inline Dockerfile is not empty',
      ':4:46: images.a.verify[0]: a command has at least one word',
      ':4:50: images.a.verify[1]: the first word of a command is not empty',
    ],
  ],
  [
    'branches that there cannot be',
    `${images('  a: { dockerfile: {} }\n')}on: { push: { branches: [refs/heads/main, 'a b', true] } }\n`,
    [
      ':5:26: on.push.branches[0]: "refs/heads/main": name the branch alone, without refs/heads/',
      ':5:43: on.push.branches[1]: "a b": git allows no branch of this name; a star matches any part of a name',
      ':5:50: on.push.branches[2]: true: expected the name of a branch, such as main or release/*',
    ],
  ],
  [
    'pushes of no branch',
    `${images('  a: { dockerfile: {} }\n')}on: { push: {} }\n`,
    [':5:13: on.push.branches: is missing'],
  ],
  ['a list as a key', 'version: 1\n[a]: x\n', [':2:1: a key is plain text']],
  [
    'the key that objects lose',
    images('  a: { dockerfile: { args: { __proto__: x } } }\n'),
    [':4:30: unknown key "__proto__"'],
  ],
])('refuses %s with line and reason', (_, text, expected) => {
  expect(errorsOf(text)).toEqual(expected);
});
