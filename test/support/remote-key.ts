import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { KeyKind, KeyOperations } from '../../src/domain/key-operations.js';

/** A private key in another process, as `key-agent.mjs` holds it. */
export interface RemoteKey extends KeyOperations {
  /** SubjectPublicKeyInfo, DER. */
  readonly spki: Uint8Array;
  /** How many operations were carried out, by name. */
  readonly done: Readonly<Record<'sign' | 'agree' | 'decrypt', number>>;
  /** Every line that came from the other process. */
  readonly heard: readonly string[];
  /** Whether the line to the other process is cut: every operation fails then. */
  isCut: boolean;
  /** Ends the other process. */
  stop(): void;
}

interface Answer {
  readonly id: number;
  readonly result: string | null;
}

/** Starts a process that makes a key of this kind and keeps it to itself. */
export async function remoteKey(kind: KeyKind): Promise<RemoteKey> {
  const child = spawn(process.execPath, [resolve('test/support/key-agent.mjs'), kind], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const waiting = new Map<number, (answer: Answer) => void>();
  const heard: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => {
    heard.push(line);
    const answer = JSON.parse(line) as Answer;
    waiting.get(answer.id)?.(answer);
  });
  let asked = 0;
  const ask = async (operation: string, data: Uint8Array = Buffer.of(), hash?: string) => {
    if (key.isCut) throw new Error('connect ECONNREFUSED: the key service is out of reach');
    const id = ++asked;
    const answer = new Promise<Answer>((settle) => waiting.set(id, settle));
    const question = { id, operation, data: Buffer.from(data).toString('base64'), hash };
    child.stdin.write(`${JSON.stringify(question)}\n`);
    const { result } = await answer;
    return result === null ? undefined : Buffer.from(result, 'base64');
  };
  const done = { sign: 0, agree: 0, decrypt: 0 };
  const count = (operation: keyof typeof done, data: Uint8Array, hash?: string) => {
    done[operation]++;
    return ask(operation, data, hash);
  };
  const key = {
    ...{ kind, done, heard, isCut: false, spki: new Uint8Array() },
    sign: async (data: Uint8Array, hash: string) =>
      (await count('sign', data, hash)) ?? Buffer.alloc(0),
    agree: (point: Uint8Array) => count('agree', point),
    decrypt: (ciphertext: Uint8Array) => count('decrypt', ciphertext),
    stop: () => void child.kill('SIGKILL'),
  };
  key.spki = (await ask('spki')) ?? new Uint8Array();
  return key;
}
