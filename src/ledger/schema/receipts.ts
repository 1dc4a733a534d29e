import { SOURCE } from './source.js';

/** Receipts and rejections that came, with all that verifies them years later. */
export const RECEIPTS = `
-- What the receipts of a sent message are checked against: its SignedData without the content, one for
-- each time that it was signed. It outlives the outbox.
CREATE TABLE originals (
  signature    TEXT PRIMARY KEY, -- SHA-256 of the signature value
  id           TEXT NOT NULL,
  digest       TEXT NOT NULL, -- the message digest
  recipients   TEXT NOT NULL, -- a JSON array of peer names
  signed_data  BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX originals_id ON originals (id);

-- The messages of a batch that asked for receipts: what is said of the batch is said of them.
CREATE TABLE original_items (
  item   TEXT PRIMARY KEY,
  id     TEXT NOT NULL, -- of the batch
  place  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX original_items_id ON original_items (id);

CREATE TABLE receipts (
  number       INTEGER PRIMARY KEY AUTOINCREMENT,
  id           TEXT NOT NULL, -- of the message that it is about
  peer         TEXT NOT NULL,
  says         TEXT NOT NULL CHECK (says IN ('received', 'processed', 'rejected')),
  reason       TEXT,
  detail       TEXT,
  signature    TEXT NOT NULL, -- which of the originals
  signer       TEXT NOT NULL,
  signed_data  BLOB NOT NULL,
  judgement    TEXT NOT NULL, -- JSON: what the directory said of the signer, and every check
  received_at  INTEGER NOT NULL,
  repeats      INTEGER NOT NULL DEFAULT 0,
  excepted     TEXT NOT NULL DEFAULT '[]', -- JSON: the messages of a batch that it does not speak for
  ${SOURCE},
  UNIQUE (id, peer, says, excepted)
) STRICT;
CREATE INDEX receipts_received_at ON receipts (received_at);
CREATE INDEX receipts_peer ON receipts (peer, received_at);

-- Certificates and revocation lists, each once however many receipts rely on it.
CREATE TABLE evidence (
  sha256   TEXT PRIMARY KEY,
  content  BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE receipt_evidence (
  receipt   INTEGER NOT NULL REFERENCES receipts ON DELETE CASCADE,
  kind      TEXT NOT NULL CHECK (kind IN ('issuer', 'anchor', 'crl', 'own-issuer', 'own-anchor')),
  position  INTEGER NOT NULL,
  sha256    TEXT NOT NULL REFERENCES evidence,
  PRIMARY KEY (receipt, kind, position)
) STRICT, WITHOUT ROWID;
`;
