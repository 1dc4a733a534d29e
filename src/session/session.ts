import { join } from 'node:path';
import { homedir } from 'node:os';
import { ensureDirectory } from '../config/directories.js';
import { loadConfiguration, type Configuration } from '../config/load.js';
import { requireSetting, type Settings } from '../config/resolve.js';
import { resolveSecret } from '../config/resolve-secret.js';
import type { Secret, SecretReference } from '../config/secret.js';
import type { Clock, RandomSource } from '../domain/environment.js';
import type { PublishedLists } from '../crl/published-lists.js';
import type { PeerName } from '../domain/peer-name.js';
import { MsgError, type ErrorCode } from '../errors.js';
import { openLedger } from '../ledger/open.js';
import type { Ledger } from '../ledger/port.js';
import { defaultInbox, type FileLimits, type MessagingDeps } from '../messaging/deps.js';
import { findPeer, inboxOf } from '../messaging/recipients.js';
import type { CertificateJudge } from '../messaging/verify-peer.js';
import type { AddressBook, Freshness, PeerRecord } from '../registry/port.js';
import { parseAddress } from '../registry/address.js';
import type { RpcOptions } from '../registry/rpc.js';
import type { DirectoryWriter, WriterOptions } from '../registry/writer-port.js';
import { Spool } from '../spool/spool.js';
import type { Environment } from '../terminal/streams.js';
import type { Transport } from '../transport/port.js';
import { accountOf } from './account.js';
import { confirmationsOf, confirmationTimeOf, openBook, rpcOptionsOf, settlingOf } from './book.js';
import { reloadingJudge } from './judge.js';
import { OwnKeys, type KeyRing } from './own-keys.js';
import type { SettingFlags } from '../config/resolve.js';
import { isGone, processName } from './process-name.js';
import { publishedLists } from './published.js';
import { isReachedUnasked, LazyTransport, openTransport } from './transport.js';

/** What a session is opened with. */
export interface SessionOptions {
  readonly profile?: string | undefined;
  readonly flags?: SettingFlags;
  readonly env: Environment;
  readonly cwd: string;
  readonly clock: Clock;
  readonly random: RandomSource;
  /** One's own keys, where they are not in the profile's key store. */
  readonly keys?: KeyRing | undefined;
  /** Asks for a secret that no reference answers. */
  readonly ask: (question: string, flag: string) => Promise<string>;
  readonly warn: (sentence: string) => void;
  readonly debug: (topic: string, line: string) => void;
  /** Takes what commands for secrets write to stderr; where absent, they have the process's own. */
  readonly onCommandSays?: ((line: string) => void) | undefined;
  /** Told every secret that was found, so that nothing printed can hold it. */
  readonly hide: (secret: string) => void;
}

/** How long a transaction may take to be in a block, in milliseconds. */
const WRITE_TIMEOUT = 120_000;

function fileLimitsOf(settings: Settings): FileLimits {
  return {
    largest: settings['limits.file'].value,
    pending: {
      files: settings['limits.pending-files'].value,
      bytes: settings['limits.pending-bytes'].value,
    },
    patience: settings['limits.pending-for'].value,
    resendAfter: settings['files.resend-after'].value,
    keepFor: settings['files.keep-for'].value,
  };
}

/** The directory does not know the peer, or the profile names none yet. */
const UNREGISTERED: ReadonlySet<ErrorCode> = new Set(['peer-unknown', 'config']);

/**
 * A profile at work: its settings, and what they name, each opened when it is first asked for and
 * closed with the session.
 */
export class Session {
  readonly configuration: Configuration;
  /** A name for this process's claims in the ledger. */
  readonly processName: string;
  readonly #options: SessionOptions;
  readonly #opened = new Map<string, unknown>();
  readonly #closing: (() => Promise<void> | void)[] = [];

  constructor(options: SessionOptions) {
    this.#options = options;
    const { profile, flags = {}, env, cwd } = options;
    this.configuration = loadConfiguration({ profile, flags, env, cwd, home: homedir() });
    this.processName = processName(options.random);
  }

  get settings(): Settings {
    return this.configuration.settings;
  }

  /** One's own name. */
  get self(): PeerName {
    return requireSetting(this.settings, 'peer');
  }

  get freshness(): Freshness {
    return {
      maxAge: this.settings['book.max-age'].value,
      maxStale: this.settings['book.max-stale'].value,
    };
  }

  ledger(): Ledger {
    return this.#once('ledger', () => {
      const { clock, random } = this.#options;
      const path = join(ensureDirectory(this.configuration.profileDirectories.state), 'ledger.db');
      const quarantinePool = this.settings['limits.quarantine'].value;
      const ledger = openLedger({ path, clock, random, quarantinePool });
      this.#closing.push(() => ledger.close());
      return ledger;
    });
  }

  book(): AddressBook {
    return this.#once('book', () => {
      const { clock, warn } = this.#options;
      const book = openBook({
        configuration: this.configuration,
        rpc: this.rpcOptions(),
        clock,
        warn,
      });
      this.#closing.push(() => {
        book.close();
      });
      return book;
    });
  }

  judge(): CertificateJudge {
    const { clock, warn } = this.#options;
    return this.#once('judge', () =>
      reloadingJudge(this.settings, { clock, published: this.publishedLists() }, warn),
    );
  }

  /** The revocation lists that certificates name; undefined where none are to be fetched. */
  publishedLists(): PublishedLists | undefined {
    return this.#once('revocation lists', () => {
      const published = publishedLists(this.configuration, this.#options);
      this.#closing.push(() => published?.close());
      return published;
    });
  }

  transport(): Transport {
    return this.#once('transport', () => {
      const { clock, random, debug } = this.#options;
      const { kind } = requireSetting(this.settings, 'transport');
      const transport = new LazyTransport(kind, () =>
        openTransport({
          settings: this.settings,
          ...{ clock, random, process: { name: this.processName, isGone } },
          secret: (...args) => this.secret(...args),
          debug: (line) => {
            debug('kafka', line);
          },
        }),
      );
      this.#closing.push(() => transport.close());
      return transport;
    });
  }

  /** Lets the log be reached while other things are done, where nobody has to be asked for a secret. */
  reachOut(): void {
    if (isReachedUnasked(this.settings)) this.transport().reachOut();
  }

  /** One's own keys: those given, or the store's, in step with it. */
  ownKeys(): KeyRing {
    const { clock, warn, keys } = this.#options;
    return this.#once('keys', () => {
      if (keys !== undefined) return keys;
      const passphrase = () => this.keyPassphrase();
      return new OwnKeys({ directory: this.settings.keys.value, passphrase, clock, warn });
    });
  }

  /** The passphrase of the key store, or undefined when the profile says that there is none. */
  keyPassphrase(): Promise<string | undefined> {
    return this.#once('passphrase', async () => {
      const { value } = this.settings['key.passphrase'];
      if (value === 'none') return undefined;
      const what = 'the passphrase of the private key';
      return (await this.secret(value, what, '--key-passphrase')).reveal();
    });
  }

  /** Finds a secret by its reference. */
  async secret(reference: SecretReference, what: string, flag: string): Promise<Secret> {
    const { env, ask, hide, onCommandSays } = this.#options;
    const secret = await resolveSecret(reference, {
      ...{ env, what, onCommandSays },
      ask: (question) => ask(question, flag),
    });
    hide(secret.reveal());
    return secret;
  }

  /** What changes the directory, signing with the profile's account. */
  async writer(options: { readonly dryRun?: boolean } = {}): Promise<DirectoryWriter> {
    const { openDirectoryWriter } = await import('../registry/ethers.js');
    const address = parseAddress(requireSetting(this.settings, 'directory'));
    return openDirectoryWriter({ ...(await this.writerOptions()), ...options, address });
  }

  /** How the chain's nodes are reached; their credentials are found before the first request. */
  rpcOptions(): RpcOptions {
    const reference = this.settings['chain.auth'].value;
    if (reference === undefined) return rpcOptionsOf(this.settings, undefined);
    return rpcOptionsOf(this.settings, () =>
      this.#once('chain credentials', async () => {
        const secret = await this.secret(reference, "the chain node's credentials", '--chain-auth');
        return secret.reveal();
      }),
    );
  }

  /** How transactions are made and sent. */
  async writerOptions(): Promise<WriterOptions> {
    const { settings, configuration } = this;
    const account = await accountOf(settings, (...args) => this.secret(...args));
    return {
      rpc: this.rpcOptions(),
      chainId: requireSetting(settings, 'chain.id'),
      account,
      fees: settings['chain.fees'].value,
      confirmations: confirmationsOf(settings),
      timeout: WRITE_TIMEOUT + confirmationTimeOf(settings),
      lockDirectory: ensureDirectory(configuration.directories.state),
    };
  }

  /** The topic of the own inbox: the setting, what the directory says, or the default. */
  async ownInbox(): Promise<string> {
    const { value } = this.settings.inbox;
    if (value !== undefined) return value;
    const record = await this.#ownRecord();
    return record === undefined ? defaultInbox(this.self) : inboxOf(record);
  }

  /** Absent before registration. Unable to tell is no answer: it could name another inbox. */
  async #ownRecord(): Promise<PeerRecord | undefined> {
    try {
      return await findPeer(this.self, this.book(), this.freshness);
    } catch (error) {
      if (error instanceof MsgError && UNREGISTERED.has(error.code)) return undefined;
      throw error;
    }
  }

  /** What the core needs when nothing is to be published. */
  offline(): Omit<MessagingDeps, 'transport'> {
    const { clock, random, warn } = this.#options;
    return {
      ...{
        self: this.self,
        owner: this.processName,
        isGone,
        freshness: this.freshness,
        clock,
        random,
        warn,
      },
      ...{ book: this.book(), judge: this.judge(), ledger: this.ledger() },
      largestSealed: this.settings['limits.message'].value,
      spool: new Spool(join(this.configuration.profileDirectories.state, 'spool')),
      fileLimits: fileLimitsOf(this.settings),
      settling: settlingOf(this.settings),
      signingKey: () => this.ownKeys().signing(),
      formerKey: (certificate) => this.ownKeys().former(certificate),
      openingKeys: (options) => this.ownKeys().opening(options),
    };
  }

  /** Everything the core works with. */
  messaging(): MessagingDeps {
    return { ...this.offline(), transport: this.transport() };
  }

  /** Closes what was opened, the newest first. */
  async close(): Promise<void> {
    // The disk takes what has not reached it yet while connections are closed; the ledger's own end waits.
    const ledger = this.#opened.get('ledger') as Ledger | undefined;
    void ledger?.durable().catch(() => undefined);
    for (const close of this.#closing.splice(0).reverse()) await close();
  }

  #once<T>(name: string, open: () => T): T {
    if (!this.#opened.has(name)) this.#opened.set(name, open());
    return this.#opened.get(name) as T;
  }
}
