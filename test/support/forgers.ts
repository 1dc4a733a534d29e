import { randomBytes } from 'node:crypto';
import { serialiseHeader } from '../../src/envelope/header-json.js';
import {
  forgeEnvelope,
  keyAgreement,
  keyTransport,
  type AgreementForgery,
  type EnvelopeForgery,
  type TransportForgery,
} from './forged-envelope.js';
import { forgeSignedData, type SignatureForgery } from './forged-signature.js';
import { makePeer, type TestPeer } from './pki.js';
import { headerFor } from './sealed.js';

/** What every forged message says, where it says anything. */
export const PAYLOAD = Buffer.from('hello');

/** A sender and recipients of every kind, with shells around what the sender truthfully signed. */
export async function makeForgers() {
  const [acme, bolt, corp, dyne] = await Promise.all([
    makePeer('acme', 'p256'),
    makePeer('bolt', 'p256'),
    makePeer('corp', 'p384'),
    makePeer('dyne', 'rsa'),
  ]);
  const signed = (to: TestPeer): Buffer =>
    forgeSignedData(acme, PAYLOAD, serialiseHeader(headerFor(acme, [to], PAYLOAD)));
  return {
    ...{ acme, bolt, corp, dyne, signed },
    /** To bolt. */
    forged: (forgery: EnvelopeForgery): Buffer => forgeEnvelope(bolt, signed(bolt), forgery),
    /** To bolt, around a signature by acme unless said otherwise. */
    signedWith(forgery: SignatureForgery, from = acme): Buffer {
      const header = serialiseHeader(headerFor(from, [bolt], PAYLOAD));
      return forgeEnvelope(bolt, forgeSignedData(from, PAYLOAD, header, forgery));
    },
    /** To bolt unless said otherwise, by key agreement. */
    agreed(forgery: AgreementForgery, to = bolt): Buffer {
      const contentKey = randomBytes(32);
      const recipientInfos = [keyAgreement(to, contentKey, forgery)];
      return forgeEnvelope(to, signed(to), { contentKey, recipientInfos });
    },
    /** To dyne, by key transport. */
    transported(forgery: TransportForgery): Buffer {
      const contentKey = randomBytes(32);
      const recipientInfos = [keyTransport(dyne, contentKey, forgery)];
      return forgeEnvelope(dyne, signed(dyne), { contentKey, recipientInfos });
    },
  };
}

/** Everything that {@link makeForgers} makes. */
export type Forgers = Awaited<ReturnType<typeof makeForgers>>;
