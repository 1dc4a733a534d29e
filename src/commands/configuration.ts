import { homedir } from 'node:os';
import { directoriesOf, type Directories } from '../config/directories.js';
import type { ConfigurationRequest } from '../config/load.js';
import type { PathBase } from '../config/value-type.js';
import type { Context } from '../runtime.js';

/** What a command's configuration is read from: its flags, its process, and its profile. */
export function configurationRequest({ globals, io }: Context): ConfigurationRequest {
  return {
    ...{ env: io.env, home: homedir(), cwd: process.cwd() },
    ...{ profile: globals.profile, flags: globals.settings },
  };
}

/** Where msg keeps its files for this process. */
export function directoriesFor(context: Context): Directories {
  return directoriesOf(configurationRequest(context));
}

/** What relative paths given on the command line refer to. */
export function pathBase(): PathBase {
  return { directory: process.cwd(), home: homedir() };
}
