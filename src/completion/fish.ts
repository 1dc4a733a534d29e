import {
  allCommands,
  type CommandSpec,
  type OptionSpec,
  type ProgramSpec,
  type ValueSource,
} from './spec.js';

/** The script that lies in fish's directory for completions as `msg.fish`, or that is sourced. */
export function fishScript(program: ProgramSpec): string {
  const commands = allCommands(program);
  return [
    HEADER,
    ...commands.filter((one) => one.commands.length > 0).map(childrenCase),
    '    end\nend\n',
    VALUED,
    ...commands.flatMap(valuedCase),
    `    end\n    string split ' ' -- '${flagsWithValue(program.globals)}'\nend\n`,
    ENGINE,
    ...program.globals.flatMap((option) => optionLine(undefined, option)),
    ...commands.flatMap(linesFor),
    '',
  ].join('\n');
}

const HEADER = `# fish completion for msg. Made from the command tree by "npm run completions:write".

# The commands below a command.
function __msg_commands
    switch "$argv"`;

function childrenCase({ path, commands }: CommandSpec): string {
  return `        case '${path}'\n            string split ' ' -- '${commands.map(({ name }) => name).join(' ')}'`;
}

const VALUED = `# The options of a command that take a value, with those that every command has.
function __msg_valued
    switch "$argv"`;

function valuedCase({ path, options }: CommandSpec): readonly string[] {
  const flags = flagsWithValue(options);
  if (flags === '') return [];
  return [`        case '${path}'\n            string split ' ' -- '${flags}'`];
}

function flagsWithValue(options: readonly OptionSpec[]): string {
  return options
    .filter(({ values }) => values !== undefined)
    .flatMap(({ flags }) => flags)
    .join(' ');
}

const ENGINE = `# Whether the cursor stands at the command $argv[1], and after exactly $argv[2] operands of it
# (at least as many, where a third argument is given).
function __msg_at
    set -l tokens (commandline -opc)
    set -l path msg
    set -l count 0
    set -l takes
    set -l ended
    for token in $tokens[2..-1]
        if test -n "$takes"
            set takes
        else if test -n "$ended"
            set count (math $count + 1)
        else if test "$token" = --
            set ended 1
        else if string match -q -- '-*' $token
            contains -- $token (__msg_valued $path); and set takes 1
        else if test $count -eq 0; and contains -- $token (__msg_commands $path)
            set path "$path $token"
        else
            set count (math $count + 1)
        end
    end
    test "$path" = "$argv[1]"; or return 1
    test (count $argv) -gt 1; or return 0
    test $count -eq $argv[2]; and return 0
    test (count $argv) -gt 2; and test $count -gt $argv[2]
end

# Lists what the program knows: values with what they are, from files on this machine alone.
function __msg_dynamic
    command msg complete $argv[1] -- (commandline -opc) (commandline -ct) 2>/dev/null
end

complete -c msg -e
complete -c msg -f`;

function linesFor(command: CommandSpec): readonly string[] {
  const { path, commands, options, operands, repeats } = command;
  const children = commands.map(
    ({ name, about }) => `complete -c msg -n ${at(path, 0)} -a ${quoted(name)} -d ${quoted(about)}`,
  );
  const own = options.flatMap((option) => optionLine(path, option));
  const positions = operands.flatMap(({ values }, index) => {
    const last = repeats && index === operands.length - 1;
    const condition = at(path, index, last);
    return values.map((source) => `complete -c msg -n ${condition} ${argumentsFrom(source)}`);
  });
  return [...children, ...own, ...positions];
}

function optionLine(path: string | undefined, option: OptionSpec): readonly string[] {
  const { flags, about, values, hidden } = option;
  if (hidden) return [];
  const names = flags.map((flag) =>
    flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`,
  );
  const condition = path === undefined ? [] : [`-n ${at(path)}`];
  const start = ['complete -c msg', ...condition, ...names, `-d ${quoted(about)}`].join(' ');
  if (values === undefined) return [start];
  if (values.length === 0) return [`${start} -x`];
  return values.map((source) => `${start} -r ${argumentsFrom(source)}`);
}

function argumentsFrom(source: ValueSource): string {
  switch (source.kind) {
    case 'words':
      return `-f -a ${quoted(source.words.join(' '))}`;
    case 'dynamic':
      return `-f -a '(__msg_dynamic ${source.what})'`;
    case 'directories':
      return "-f -a '(__fish_complete_directories)'";
    case 'files':
      return '-F';
  }
}

function at(path: string, count?: number, orMore = false): string {
  const operand = count === undefined ? [] : [String(count), ...(orMore ? ['more'] : [])];
  return quoted(['__msg_at', `"${path}"`, ...operand].join(' '));
}

function quoted(text: string): string {
  return `'${text.replaceAll(/[\\']/g, '\\$&')}'`;
}
