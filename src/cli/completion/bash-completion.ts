import type { CompletedCommand, CompletedOption } from './completed-command.ts';

/**
 * A script for bash 3.2 and later, which needs no other package. It runs no program and evaluates nothing that was typed.
 */
export function bashCompletion(commands: readonly CompletedCommand[]): string {
  const valued = commands.flatMap(({ options }) => options.filter(({ value }) => value !== undefined));
  const one = flagsOf(valued.filter(({ value }) => value?.several === false));
  const several = flagsOf(valued.filter(({ value }) => value?.several === true));
  return `# bash completion for twinhull. Load it with: source <(twinhull completion bash)
_twinhull() {
  local word=\${COMP_WORDS[COMP_CWORD]} path= option= several= flags= words= values= files= i
  COMPREPLY=()
  # Finds the command, and the option whose value is next. Bash splits words at "=" and ":" too.
  for ((i = 1; i < COMP_CWORD; i++)); do
    case \${COMP_WORDS[i]} in
      --) return ;;
      =) [ -n "$option" ] || ((i++)) ;;
      :) ((i++)) ;;
      ${one.join(' | ')}) option=\${COMP_WORDS[i]} several= ;;
      ${several.join(' | ')}) option=\${COMP_WORDS[i]} several=yes ;;
      -*) option= several= ;;
      *)
        if [ -z "$option" ]; then
          path="$path \${COMP_WORDS[i]}"
        elif [ -z "$several" ]; then
          option=
        fi
        ;;
    esac
  done
  [ "$word" = = ] && word=
  case $path in
${commands.map(branch).join('\n')}
  esac
  if [ -n "$option" ] && { [ -z "$several" ] || [ "\${word#-}" = "$word" ]; }; then
    if [ -n "$files" ]; then
      # Lets readline complete the name, with its quoting; bash 3 cannot.
      compopt -o default 2>/dev/null && return
      local IFS=$'\\n'
      COMPREPLY=($(compgen -f -- "$word"))
      return
    fi
    words=$values
  elif [ "\${word#-}" != "$word" ]; then
    words=$flags
  fi
  COMPREPLY=($(compgen -W "$words" -- "$word"))
}
complete -F _twinhull twinhull
`;
}

/** What is offered at one command. Its values depend on the option before the cursor. */
function branch({ path, commands, options, argument }: CompletedCommand): string {
  const name = path.map((each) => ` ${each}`).join('');
  // At the program and at a group, another word is a mistake; at a command it is the argument.
  const pattern = commands.length > 0 ? `'${name}'` : `'${name}' | '${name} '*`;
  const words = commands.length > 0 ? commands.map((each) => each.name) : (argument?.values ?? []);
  const values = options.flatMap(({ flag, short, value }) => {
    if (value === undefined || (value.values.length === 0 && !value.isFile)) return [];
    const flags = short === undefined ? flag : `${flag} | ${short}`;
    return [`        ${flags}) ${value.isFile ? 'files=yes' : `values='${value.values.join(' ')}'`} ;;`];
  });
  return [
    `    ${pattern})`,
    `      flags='${flagsOf(options).join(' ')}'`,
    ...(words.length === 0 ? [] : [`      words='${words.join(' ')}'`]),
    ...(values.length === 0 ? [] : ['      case $option in', ...values, '      esac']),
    '      ;;',
  ].join('\n');
}

function flagsOf(options: readonly CompletedOption[]): readonly string[] {
  return [...new Set(options.flatMap(({ flag, short }) => (short === undefined ? [flag] : [flag, short])))];
}
