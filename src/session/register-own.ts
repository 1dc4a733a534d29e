import type { Clock } from '../domain/environment.js';
import {
  publishedVersion,
  requireAcceptable,
  requirePublisher,
} from '../messaging/own-publication.js';
import { findPeer } from '../messaging/recipients.js';
import { LOOK_NOW } from '../registry/port.js';
import { accountAddressOf } from './account.js';
import { preparePublication } from './registration.js';
import type { Session } from './session.js';

/** The certificate that signs, as the directory has it now. */
export interface RegisteredOwn {
  /** The version's number, from 0. */
  readonly index: number;
  /** Whether it was published just now, or had been before. */
  readonly state: 'written' | 'registered';
}

/**
 * Publishes the certificate of the signing key as the next version of one's own name, unless it is the
 * newest one already.
 *
 * @throws MsgError `peer-unknown` before a registrar has admitted the name, `not-authorised`,
 *   `certificate-own` when no reader would accept it.
 */
export async function registerOwn(session: Session, clock: Clock): Promise<RegisteredOwn> {
  const record = await findPeer(session.self, session.book(), LOOK_NOW);
  const { own, chain } = await session.ownKeys().signing();
  const published = publishedVersion(record, own.certificate, session.judge());
  if (published !== undefined) return { index: published.index, state: 'registered' };
  const { settings } = session;
  requirePublisher(record, await accountAddressOf(settings, (...args) => session.secret(...args)));
  const { chainId, address: directory } = await session.book().head(session.freshness);
  const publication = await preparePublication({ own, chain, record, chainId, directory });
  await requireAcceptable({ record, publication }, session.judge(), clock());
  await (await session.writer()).publish(publication);
  await session.book().head(LOOK_NOW);
  return { index: publication.index, state: 'written' };
}
