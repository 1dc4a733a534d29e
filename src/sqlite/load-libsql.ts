import { createRequire } from 'node:module';

/** Loads libsql, when a database is first opened; the build puts its loader into the program instead. */
export function loadLibsql(): unknown {
  return createRequire(import.meta.url)('libsql');
}

/** Loads the half of libsql that works in threads of its own. */
export function loadAsyncLibsql(): unknown {
  return createRequire(import.meta.url)('libsql/promise');
}
