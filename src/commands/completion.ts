import { completionScript } from '../completion/script.js';
import type { ProgramSpec, Shell } from '../completion/spec.js';
import type { Context } from '../runtime.js';

/** Prints the completion script of a shell. */
export async function run(
  { shell, program }: { readonly shell: Shell; readonly program: ProgramSpec },
  { io }: Context,
): Promise<void> {
  await io.stdout.write(completionScript(shell, program));
}
