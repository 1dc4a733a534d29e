import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { MsgError } from '../../errors.js';
import { makeDirectory } from '../../files/make-directory.js';

const run = promisify(execFile);

/** The Apache Kafka release that the sandbox runs: the newest line whose server takes Java 17. */
export const KAFKA_VERSION = '4.2.0';

const LOGGING_VERSION = '1.7.36';

/** Where the broker's jars are kept between runs: `MSG_CACHE`, or the XDG cache directory. */
export function defaultCacheDirectory(environment: NodeJS.ProcessEnv = process.env): string {
  const base =
    environment['MSG_CACHE'] ??
    join(environment['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'msg');
  return join(base, `kafka-${KAFKA_VERSION}`);
}

/**
 * Makes sure that the broker's jars lie in the cache and gives their Java class path. They come from
 * the user's Maven repository settings, once. Two processes may do this at the same time: each
 * fetches into a directory of its own, and the first to rename it into place wins.
 *
 * @throws MsgError `missing-tool` when Java or Maven is missing or Maven cannot fetch the jars.
 */
export async function fetchKafka(cacheDirectory: string): Promise<string> {
  await requireTool('java', ['-version'], 'install a Java runtime, version 17 or newer');
  const libraries = join(cacheDirectory, 'libs');
  if (!existsSync(libraries)) await download(cacheDirectory, libraries);
  return join(libraries, '*');
}

async function download(cacheDirectory: string, libraries: string): Promise<void> {
  await requireTool('mvn', ['-v'], 'install Apache Maven: it fetches the broker, once');
  makeDirectory(cacheDirectory);
  const workplace = join(cacheDirectory, `fetch-${randomUUID()}`);
  await mkdir(workplace);
  try {
    await writeFile(join(workplace, 'pom.xml'), CARRIER_POM);
    await copyDependencies(workplace);
    await moveIntoPlace(join(workplace, 'libs'), libraries);
  } finally {
    await rm(workplace, { recursive: true, force: true });
  }
}

async function copyDependencies(workplace: string): Promise<void> {
  const goal = ['dependency:copy-dependencies', '-DincludeScope=runtime', '-DoutputDirectory=libs'];
  try {
    await run('mvn', ['-q', '-B', ...goal], { cwd: workplace });
  } catch (cause) {
    throw new MsgError('missing-tool', `maven could not fetch Apache Kafka ${KAFKA_VERSION}`, {
      hint: 'check that mvn reaches a Maven repository, then try again',
      cause,
    });
  }
}

async function moveIntoPlace(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if (!existsSync(to)) throw error;
  }
}

async function requireTool(command: string, args: readonly string[], hint: string): Promise<void> {
  try {
    await run(command, args);
  } catch (cause) {
    throw new MsgError('missing-tool', `${command} is not there or does not run`, { hint, cause });
  }
}

const CARRIER_POM = `<project>
  <modelVersion>4.0.0</modelVersion>
  <groupId>msg</groupId>
  <artifactId>kafka-carrier</artifactId>
  <version>1</version>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId>
      <artifactId>kafka_2.13</artifactId>
      <version>${KAFKA_VERSION}</version>
    </dependency>
    <dependency>
      <groupId>org.slf4j</groupId>
      <artifactId>slf4j-simple</artifactId>
      <version>${LOGGING_VERSION}</version>
    </dependency>
  </dependencies>
</project>
`;
