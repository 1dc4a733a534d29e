// Loaded into a tortured process with `node --import`: kills it at a named moment.
// TORTURE_CRASH=NAME:COUNT means the COUNTth time that it comes to the checkpoint NAME.
const [, name, count] = /^(.+):(\d+)$/.exec(process.env.TORTURE_CRASH ?? '') ?? [];
let left = Number(count);

globalThis[Symbol.for('peermsg.checkpoint')] = (checkpoint) => {
  if (checkpoint === name && --left === 0) process.kill(process.pid, 'SIGKILL');
};
