import { type CommandSpec, type OptionSpec, type ProgramSpec, type ValueSource } from './spec.js';

/** The script that lies in a directory of `$fpath` as `_msg`, or that is sourced. */
export function zshScript(program: ProgramSpec): string {
  return [
    HEADER,
    ...program.commands.flatMap(functionsOf),
    functionFor({ ...program, name: 'commands', path: 'msg commands' }),
    DYNAMIC,
    entryFunction(program.globals),
  ].join('\n');
}

const HEADER = `#compdef msg
# zsh completion for msg. Made from the command tree by "npm run completions:write".
`;

const DYNAMIC = `# Lists what the program knows: values with what they are, from files on this machine alone.
_msg_dynamic() {
  local entry
  local -a found
  for entry in "\${(@f)$(command msg complete $1 -- "\${(@Q)_msg_line}" 2>/dev/null)}"; do
    [[ -n $entry ]] && found+=("\${\${\${entry%%$'\\t'*}//:/\\\\:}}:\${entry#*$'\\t'}")
  done
  _describe -t "$1" "$1" found
}
`;

/** What zsh calls: as an autoloaded file the script is the function's first call itself. */
function entryFunction(globals: readonly OptionSpec[]): string {
  return `_msg() {
  local -a _msg_line=("\${(@)words[1,CURRENT]}")
  local -a _msg_globals=(
${globals
  .flatMap(optionSpecs)
  .map((line) => `    ${line}`)
  .join('\n')}
  )
  _msg_commands
}

if [[ $funcstack[1] == _msg ]]; then
  _msg "$@"
else
  compdef _msg msg
fi
`;
}

function functionsOf(command: CommandSpec): readonly string[] {
  return [...command.commands.flatMap(functionsOf), functionFor(command)];
}

function functionFor(command: CommandSpec): string {
  return command.commands.length > 0 ? groupFunction(command) : leafFunction(command);
}

function leafFunction(command: CommandSpec): string {
  const { operands, repeats } = command;
  const positions = operands.map(({ name, values }, index) => {
    const position = repeats && index === operands.length - 1 ? '*' : String(index + 1);
    return quoted(`${position}:${escaped(name)}:${actionFor(values)}`);
  });
  const specs = [...command.options.flatMap(optionSpecs), ...positions];
  return [
    `${nameOf(command)}() {`,
    ['  _arguments -s -S', '"${_msg_globals[@]}"', ...specs].join(' \\\n    '),
    '}\n',
  ].join('\n');
}

function groupFunction(command: CommandSpec): string {
  const names = command.commands.map(({ name, about }) =>
    quoted(`${name.replaceAll(':', '\\:')}:${about}`),
  );
  const own = command.options.flatMap(optionSpecs);
  const rest = ["'1: :->command'", "'*:: :->rest'"];
  const branches = command.commands.map((child) => `        ${child.name}) ${nameOf(child)} ;;`);
  return `${nameOf(command)}() {
  local curcontext=$curcontext context state line
  typeset -A opt_args
  local -a commands=(
${names.map(indented).join('\n')}
  )
  ${['_arguments -s -C', '"${_msg_globals[@]}"', ...own, ...rest].join(' \\\n    ')} && return 0
  case $state in
    command) _describe -t commands command commands ;;
    rest)
      case $words[1] in
${branches.join('\n')}
      esac
      ;;
  esac
}
`;
}

function nameOf({ path }: CommandSpec): string {
  return `_${path.replaceAll(/[ -]/g, '_')}`;
}

/** One specification a flag; each excludes the option's other spelling. */
function optionSpecs({ flags, about, values, hidden }: OptionSpec): readonly string[] {
  const isCounter = flags.includes('--verbose');
  const before = hidden ? '!' : isCounter ? '*' : `(${flags.join(' ')})`;
  return flags.map((flag) => {
    const joint = values === undefined ? '' : flag.startsWith('--') ? '=' : '+';
    const value = values === undefined ? '' : `:${valueName(flags)}:${actionFor(values)}`;
    return quoted(`${before}${flag}${joint}[${about.replaceAll(/[\\[\]]/g, '\\$&')}]${value}`);
  });
}

function valueName(flags: readonly string[]): string {
  return (flags.at(-1) ?? '').replace(/^-+/, '');
}

/** What _arguments does to find values. */
function actionFor(values: readonly ValueSource[]): string {
  const [first, ...others] = values.map(actionOf);
  if (first === undefined) return ' ';
  if (others.length === 0) return first;
  return `{ ${[first, ...others].join('; ')} }`;
}

function actionOf(source: ValueSource): string {
  if (source.kind === 'words') return `(${source.words.map(escaped).join(' ')})`;
  // Without the blank in front _arguments would put options for compadd before the kind.
  if (source.kind === 'dynamic') return ` _msg_dynamic ${source.what}`;
  return source.kind === 'files' ? '_files' : '_files -/';
}

function escaped(text: string): string {
  return text.replaceAll(/[\\: ]/g, '\\$&');
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function indented(line: string): string {
  return `  ${line}`;
}
