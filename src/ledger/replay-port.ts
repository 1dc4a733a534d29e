import type { PruneLedger, ReplayLedger, StatusLedger } from './port.js';
import type { Pruning } from './prune.js';
import type { Replays } from './replays.js';
import { settle } from './settle.js';
import type { Standing } from './status.js';

/** The port of what is delivered again. */
export function replayPort(replays: Replays): ReplayLedger {
  return {
    find: (filter, page) => settle(() => replays.find(filter, page)),
    acquire: (run, lease, isGone) => settle(() => replays.acquire(run, lease, isGone)),
    renew: (run, lease) => settle(() => replays.renew(run, lease)),
    release: (run, owner) =>
      settle(() => {
        replays.release(run, owner);
      }),
    begin: (run, number) => settle(() => replays.begin(run, number)),
    note: (run, step) => settle(() => replays.note(run, step)),
    finish: (run, number) =>
      settle(() => {
        replays.finish(run, number);
      }),
  };
}

/** The port of what is forgotten. */
export function prunePort(pruning: Pruning): PruneLedger {
  return {
    plan: (request) => settle(() => pruning.plan(request)),
    step: (request, limit) => settle(() => pruning.step(request, limit)),
    floors: () => settle(() => pruning.floors()),
    topics: () => settle(() => pruning.topics()),
  };
}

/** The port of how things stand. */
export function statusPort(standing: Standing): StatusLedger {
  return { status: (since) => settle(() => standing.status(since)) };
}
