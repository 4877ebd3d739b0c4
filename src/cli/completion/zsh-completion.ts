import type { CompletedCommand, CompletedOption } from './completed-command.ts';

/** A script for zsh, in the form of its own completion functions. */
export function zshCompletion(commands: readonly CompletedCommand[]): string {
  return `#compdef twinhull
# zsh completion for twinhull. Write it to _twinhull in a folder of $fpath, or after compinit: source <(twinhull completion zsh)
${commands.map(completionFunction).join('\n')}
# In a folder of $fpath this file is the body of the function.
if [ "$funcstack[1]" = _twinhull ]; then
  _twinhull "$@"
else
  compdef _twinhull twinhull
fi
`;
}

function completionFunction({ path, commands, options, argument }: CompletedCommand): string {
  const name = ['_twinhull', ...path].join('_');
  const specs = options.flatMap(optionSpecs);
  if (commands.length === 0) {
    const positional = argument === undefined ? [] : [`1:${argument.name}:${action(argument.values)}`];
    return `${name}() {\n  _arguments ${words([...specs, ...positional])}\n}`;
  }
  const names = commands.map((each) => quoted(`${each.name}:${each.summary}`));
  return `${name}() {
  local curcontext=$curcontext state line
  local -A opt_args
  local -a commands=(
    ${names.join('\n    ')}
  )
  _arguments -C ${words([...specs, '1: :->command', '*:: :->rest'])} && return
  case $state in
    command) _describe -t commands command commands ;;
    rest) (( $+functions[${name}_$line[1]] )) && ${name}_$line[1] ;;
  esac
}`;
}

/** Arguments of \`_arguments\`, one a line. */
function words(specs: readonly string[]): string {
  return specs.map((spec) => `\\\n    ${quoted(spec)}`).join(' ');
}

function optionSpecs({ flag, short, summary, value }: CompletedOption): readonly string[] {
  const text = `[${summary.replace(/[\\[\]]/g, '\\$&')}]`;
  const flags = short === undefined ? [flag] : [short, flag];
  // With help or the version nothing else is completed; another option is completed once.
  const excluded =
    flag === '--help' || flag === '--version' ? '(- *)' : short === undefined ? '' : `(${flags.join(' ')})`;
  return flags.map((each) => {
    if (value === undefined) return `${excluded}${each}${text}`;
    const message = value.several ? `:*-*:${value.name}` : `:${value.name}`;
    return `${excluded}${each}${each === flag ? '=' : ''}${text}${message}:${value.isFile ? '_files' : action(value.values)}`;
  });
}

/** A space shows the name of the value and completes nothing. */
function action(values: readonly string[]): string {
  return values.length === 0 ? ' ' : `(${values.join(' ')})`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
