/** What the program itself is asked for while a command line is typed; see `commands/complete.ts`. */
export const DYNAMIC_KINDS = [
  'peers',
  'profiles',
  'messages',
  'types',
  'refused',
  'keys',
  'setting-values',
] as const;

/** What the program can list from what lies on this machine. */
export type DynamicKind = (typeof DYNAMIC_KINDS)[number];

/** Where the values of an option or operand come from. */
export type ValueSource =
  | { readonly kind: 'words'; readonly words: readonly string[] }
  | { readonly kind: 'dynamic'; readonly what: DynamicKind }
  | { readonly kind: 'files' | 'directories' };

/** An option of a command. */
export interface OptionSpec {
  /** Such as `-t` and `--type`. */
  readonly flags: readonly string[];
  readonly about: string;
  /** Where its values come from, several sources together; undefined when it takes none. */
  readonly values: readonly ValueSource[] | undefined;
  /** Known, so that its value is not taken for an operand, but never offered. */
  readonly hidden: boolean;
}

/** An operand of a command. */
export interface OperandSpec {
  readonly name: string;
  readonly values: readonly ValueSource[];
}

/** A command, with what may follow it. */
export interface CommandSpec {
  readonly name: string;
  /** With those it belongs to: `msg message list`. */
  readonly path: string;
  readonly about: string;
  readonly options: readonly OptionSpec[];
  readonly operands: readonly OperandSpec[];
  /** Whether the last operand may be given any number of times. */
  readonly repeats: boolean;
  readonly commands: readonly CommandSpec[];
}

/** A program: its commands, and the options that every one of them takes. */
export interface ProgramSpec extends CommandSpec {
  readonly globals: readonly OptionSpec[];
}

/** A command and all below it, depth first. */
export function allCommands(command: CommandSpec): readonly CommandSpec[] {
  return [command, ...command.commands.flatMap(allCommands)];
}

/** The shells that there are scripts for. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const;

/** A shell that there is a script for. */
export type Shell = (typeof SHELLS)[number];
