import { existsSync, lstatSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Loads libsql's binary, a package of its own for each platform, such as `linux-x64-gnu`. The build
 * puts this in the place of libsql's own search: resolving package names takes Node longer than loading
 * the binary does.
 *
 * @param require of the program's file
 */
export function requireLibsqlBinary(target: string, require: NodeJS.Require): unknown {
  const path = libsqlBinary(target, dirname(fileURLToPath(import.meta.url)));
  if (path !== undefined) return require(path);
  return createRequire(require.resolve('libsql'))(`@libsql/${target}`);
}

/**
 * The path of the binary in or beside the libsql that Node would find from a directory; undefined
 * where that one is a link to elsewhere, as some package managers make them.
 */
export function libsqlBinary(target: string, from: string): string | undefined {
  for (let folder = from; folder !== dirname(folder); folder = dirname(folder)) {
    const modules = join(folder, 'node_modules');
    const found = lstatSync(join(modules, 'libsql'), { throwIfNoEntry: false });
    if (found === undefined) continue;
    if (found.isSymbolicLink()) return undefined;
    const places = [join(modules, 'libsql', 'node_modules'), modules];
    return places.map((place) => join(place, '@libsql', target, 'index.node')).find(existsSync);
  }
  return undefined;
}
