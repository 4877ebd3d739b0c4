import type { CompletedCommand, CompletedOption } from './completed-command.ts';

/** A script for fish 3.0 and later. */
export function fishCompletion(commands: readonly CompletedCommand[]): string {
  const valued = commands.flatMap(({ options }) => options.filter(({ value }) => value !== undefined));
  const flags = new Set(valued.flatMap(({ flag, short }) => (short === undefined ? [flag] : [flag, short])));
  return `# fish completion for twinhull. Write it to ~/.config/fish/completions/twinhull.fish
function __twinhull_words --description 'The command and its argument, without options and their values'
    set -l words
    set -l is_value no
    for word in (commandline -opc)[2..-1]
        if test $is_value = yes
            set is_value no
            continue
        end
        switch $word
            case ${[...flags].join(' ')}
                set is_value yes
            case '-*'
            case '*'
                set words $words $word
        end
    end
    echo "$words"
end

function __twinhull_at --description 'Whether the command line is that of this command'
    string match -q -- "$argv *" (__twinhull_words)' '
end

function __twinhull_before --description 'Whether a command below this one is next'
    test "$argv" = (__twinhull_words)
end

complete -c twinhull -f
${commands.flatMap(lines).join('\n')}
`;
}

function lines({ path, commands, options, argument }: CompletedCommand): readonly string[] {
  const condition = `${commands.length > 0 ? '__twinhull_before' : '__twinhull_at'}${path.map((each) => ` ${each}`).join('')}`;
  const start = `complete -c twinhull -n ${quoted(condition)}`;
  return [
    ...commands.map(({ name, summary }) => `${start} -a ${name} -d ${quoted(summary)}`),
    ...(argument === undefined || argument.values.length === 0
      ? []
      : [`${start} -a ${quoted(argument.values.join(' '))}`]),
    ...options.map((option) => `${start} ${optionWords(option)}`),
  ];
}

function optionWords({ flag, short, summary, value }: CompletedOption): string {
  const names = `${short === undefined ? '' : `-s ${short.slice(1)} `}-l ${flag.slice(2)}`;
  return `${names}${valueWords(value)} -d ${quoted(summary)}`;
}

function valueWords(value: CompletedOption['value']): string {
  if (value === undefined) return '';
  if (value.isFile) return ' -r -F';
  return value.values.length === 0 ? ' -x' : ` -x -a ${quoted(value.values.join(' '))}`;
}

function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}
