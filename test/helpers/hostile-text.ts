import fc from 'fast-check';

/** Text that shells, git, docker, registries, YAML and terminals may interpret. */
function pieces(command: string): readonly string[] {
  return [
    `$(${command})`,
    `\`${command}\``,
    `'; ${command}; '`,
    `"; ${command}; "`,
    `; ${command} #`,
    `| ${command}`,
    `&& ${command}`,
    `\n${command}\n`,
    `--upload-pack=${command}`,
    `-oProxyCommand=${command}`,
    `ext::sh -c ${command.replaceAll(' ', '% ')}`,
    `\${IFS}`,
    `\${x:-$(${command})}`,
    '../../../etc/passwd',
    '..',
    '-',
    '--help',
    '--',
    '\\',
    '"',
    "'",
    '`',
    '$',
    '%s%n',
    '\u0000',
    '\r',
    '\t',
    '\u001b]0;title\u0007',
    '\u001b[2J',
    '\u202e',
    '\u009b31m',
    'ä漢🐳',
    '@{-1}',
    '^{/x}',
    '~1',
    '*',
    ':',
    '@',
    '#',
    '?',
    'main',
    'v1.2',
    'https://',
    'git.example/a/b.git',
    'user:secret@',
    'localhost:5000/',
    '{tag}',
    '<<: *x',
    '!!js/function',
    'A=B',
    ' ',
  ];
}

/** Texts that would run `command` wherever one of them is interpreted as code. */
export function hostileText(command: string): fc.Arbitrary<string> {
  const piece = fc.constantFrom(...pieces(command));
  const soup = fc.array(fc.oneof({ weight: 3, arbitrary: piece }, fc.string({ unit: 'grapheme', maxLength: 4 })), {
    minLength: 1,
    maxLength: 5,
  });
  return fc.oneof(
    piece,
    soup.map((parts) => parts.join('')),
  );
}
