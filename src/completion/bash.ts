import {
  allCommands,
  type CommandSpec,
  type OptionSpec,
  type ProgramSpec,
  type ValueSource,
} from './spec.js';

/** The script that `source` takes in bash 3.2 and newer; it needs nothing but bash. */
export function bashScript(program: ProgramSpec): string {
  const { globals } = program;
  const sources = [
    ...globals.flatMap((option) => sourceCase('*', option)),
    ...allCommands(program).flatMap(({ path, options }) =>
      options.flatMap((option) => sourceCase(path, option)),
    ),
  ];
  // A command's own option is looked up before one that every command takes.
  sources.reverse();
  return [
    HEADER,
    '# The options that every command takes: without a value, with one, and those not offered.',
    `_msg_flags='${flagsOf(globals, isPlain)}'`,
    `_msg_valued='${flagsOf(globals, isValued)}'`,
    `_msg_hidden='${flagsOf(globals, ({ hidden }) => hidden)}'\n`,
    TABLE,
    ...allCommands(program).map(commandCase),
    '  esac\n}\n',
    SOURCES,
    ...sources,
    '  esac\n}\n',
    ENGINE,
  ].join('\n');
}

const HEADER = `# bash completion for msg                                  -*- shell-script -*-
# Made from the command tree by "npm run completions:write".
`;

const TABLE = `# Sets what may follow the command $1: its commands, its options without and with a value, where
# each operand comes from (@kind stands for a list to be fetched), and whether the last one repeats.
_msg_table() {
  commands='' flags='' valued='' operands=() repeats=''
  case $1 in`;

function commandCase({ path, commands, options, operands, repeats }: CommandSpec): string {
  const sources = operands.map(({ values }) => `'${tokensOf(values)}'`);
  const settings = [
    commands.length > 0 ? `commands='${commands.map(({ name }) => name).join(' ')}'` : [],
    options.some(isPlain) ? `flags='${flagsOf(options, isPlain)}'` : [],
    options.some(isValued) ? `valued='${flagsOf(options, isValued)}'` : [],
    operands.length > 0 ? `operands=(${sources.join(' ')})` : [],
    repeats ? 'repeats=1' : [],
  ].flat();
  return [`    '${path}')`, ...settings.map((one) => `      ${one}`), '      ;;'].join('\n');
}

const SOURCES = `# Sets \`source\` to where the values of the option $2 of the command $1 come from.
_msg_source() {
  source=''
  case "$1 $2" in`;

function sourceCase(path: string, { flags, values }: OptionSpec): readonly string[] {
  if (values === undefined || values.length === 0) return [];
  const patterns = flags.map((flag) => (path === '*' ? `*' ${flag}'` : `'${path} ${flag}'`));
  return [`    ${patterns.join(' | ')}) source='${tokensOf(values)}' ;;`];
}

function isPlain({ values, hidden }: OptionSpec): boolean {
  return values === undefined && !hidden;
}

function isValued({ values, hidden }: OptionSpec): boolean {
  return values !== undefined && !hidden;
}

function flagsOf(options: readonly OptionSpec[], belongs: (option: OptionSpec) => boolean): string {
  return options
    .filter(belongs)
    .flatMap(({ flags }) => flags)
    .join(' ');
}

/** Sources in one word each: `@peers`, `@files`, or the value itself. */
function tokensOf(values: readonly ValueSource[]): string {
  return values
    .flatMap((source) => {
      if (source.kind === 'words') return source.words;
      return source.kind === 'dynamic' ? [`@${source.what}`] : [`@${source.kind}`];
    })
    .join(' ');
}

const ENGINE = `# Joins what bash took apart at COMP_WORDBREAKS, such as --flag=value and file:PATH, into \`line\`.
_msg_join() {
  local index word last=0
  line=("\${COMP_WORDS[0]}")
  for ((index = 1; index <= COMP_CWORD; index++)); do
    word=\${COMP_WORDS[index]}
    if ((index > 1)) && [[ $word =~ ^[=:]+$ || \${COMP_WORDS[index - 1]} =~ ^[=:]+$ ]]; then
      line[last]+=$word
    else
      line[++last]=$word
    fi
  done
}

# Offers a value: \`typed\` is what stands there of it, \`current\` the whole word, \`raw\` what bash replaces.
_msg_offer() {
  [[ $1 == "$typed"* ]] || return 0
  local whole=\${current%"$typed"}$1
  COMPREPLY+=("\${whole#"\${current%"$raw"}"}")
}

_msg_values() {
  local token value
  for token in $1; do
    case $token in
      @files | @directories)
        compopt -o filenames 2>/dev/null
        while IFS= read -r value; do
          _msg_offer "$value"
        done < <(compgen "$([[ $token == @files ]] && echo -f || echo -d)" -- "$typed")
        ;;
      @*)
        while IFS=$'\\t' read -r value _; do
          _msg_offer "$value"
        done < <(command msg complete "\${token#@}" -- "\${line[@]}" 2>/dev/null)
        ;;
      *) _msg_offer "$token" ;;
    esac
  done
  # Names that are typed in quotes are bash's own business.
  if [[ \${#COMPREPLY[@]} -eq 0 && $1 == *@files* ]]; then compopt -o default 2>/dev/null; fi
}

_msg() {
  local commands flags valued operands repeats source index word
  local path=msg option='' ended='' count=0
  local -a line
  COMPREPLY=()
  _msg_join
  _msg_table "$path"
  for ((index = 1; index < \${#line[@]} - 1; index++)); do
    word=\${line[index]}
    if [[ -n $option ]]; then
      option=''
    elif [[ -n $ended ]]; then
      ((count += 1))
    elif [[ $word == -- ]]; then
      ended=1
    elif [[ $word == -?* ]]; then
      case " $valued $_msg_valued $_msg_hidden " in *" $word "*) option=$word ;; esac
      case " $flags " in *" $word "*) option='' ;; esac
    elif ((count == 0)) && [[ -n $commands && " $commands " == *" $word "* ]]; then
      path+=" $word"
      _msg_table "$path"
    else
      ((count += 1))
    fi
  done

  local current=\${line[\${#line[@]} - 1]} raw=\${COMP_WORDS[COMP_CWORD]}
  [[ $raw =~ ^[=:]+$ ]] && raw=''
  local typed=$current
  if [[ -n $option ]]; then
    _msg_source "$path" "$option"
    _msg_values "$source"
  elif [[ -z $ended && $current == --*=* ]]; then
    typed=\${current#*=}
    _msg_source "$path" "\${current%%=*}"
    _msg_values "$source"
  elif [[ -z $ended && $current == -* ]]; then
    for word in $flags $valued $_msg_flags $_msg_valued; do _msg_offer "$word"; done
  elif [[ -n $commands ]]; then
    if ((count == 0)); then _msg_values "$commands"; fi
  else
    if [[ -n $repeats ]] && ((count >= \${#operands[@]})); then count=$((\${#operands[@]} - 1)); fi
    _msg_values "\${operands[count]-}"
  fi
  if [[ \${#COMPREPLY[@]} -eq 1 && \${COMPREPLY[0]} == *[:=] ]]; then
    compopt -o nospace 2>/dev/null
  fi
}

complete -F _msg msg
`;
