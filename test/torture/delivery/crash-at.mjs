// Loaded into a process with `node --import`: kills it at a named moment. TORTURE_CRASH=NAME:COUNT means the
// COUNTth time that it comes to the checkpoint NAME; with TORTURE_SIGNAL=SIGSTOP it stands there until SIGCONT.
const [, name, count] = /^(.+):(\d+)$/.exec(process.env.TORTURE_CRASH ?? '') ?? [];
const signal = process.env.TORTURE_SIGNAL ?? 'SIGKILL';
let left = Number(count);

globalThis[Symbol.for('peermsg.checkpoint')] = (checkpoint) => {
  if (checkpoint === name && --left === 0) process.kill(process.pid, signal);
};
