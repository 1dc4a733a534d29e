import type { Settings } from '../config/resolve.js';
import type { PeerName } from '../domain/peer-name.js';
import type { AccessNames } from '../messaging/sync-grants.js';

/** The brokers' names of peers and inboxes, from the operator's templates and nothing else. */
export function accessNamesOf(settings: Settings): AccessNames {
  const fill = (key: 'transport.principal' | 'transport.topic') => {
    const { value } = settings[key];
    return (name: PeerName) => value.replace('{name}', () => name);
  };
  return { principal: fill('transport.principal'), topic: fill('transport.topic') };
}
