/** What `corpus.json` holds: made once by `make-corpus.ts`, so that a mutation is the same for ever. */

/** A certificate with its private key (PKCS#8), both in Base64. */
export interface KeptPeer {
  readonly certificate: string;
  readonly key: string;
}

/** A certificate in question and everything it is judged by, in Base64. */
export interface KeptPath {
  readonly name: string;
  /** The certificate in question first. */
  readonly certificates: readonly string[];
  readonly anchor: string;
  readonly crls: readonly string[];
  /** The key of the one that issued the first certificate and the last list, where it is P-256. */
  readonly issuerKey?: string;
}

/** A sealed message, and what its content is encrypted with. */
export interface KeptMessage {
  readonly name: string;
  readonly from: string;
  readonly to: string;
  readonly sealed: string;
  /** Content key and nonce. */
  readonly secret: string;
  /** For a receipt: the message it is about, without its content. */
  readonly original?: string;
}

/** The chunks of one file. */
export interface KeptFile {
  readonly fileId: string;
  readonly fileKey: string;
  readonly chunks: readonly string[];
}

/** Everything. */
export interface CorpusFile {
  readonly peers: Readonly<Record<string, KeptPeer>>;
  readonly paths: readonly KeptPath[];
  readonly messages: readonly KeptMessage[];
  readonly file: KeptFile;
  readonly headers: readonly string[];
  readonly bundle: string;
}
