import { ERROR_CODES, type ErrorCode, type ExitCode } from '../errors.js';

/** What an exit code tells a script. */
export interface ExitMeaning {
  readonly code: ExitCode;
  readonly meaning: string;
  /** What a scheduled job does about it. */
  readonly reaction: string;
}

/** Every exit code, once, in ascending order. */
export const EXIT_MEANINGS: readonly ExitMeaning[] = [
  {
    code: 0,
    meaning: 'it is done, or was done already: sending or receiving twice is no failure',
    reaction: 'go on',
  },
  { code: 1, meaning: 'msg itself is at fault', reaction: 'call somebody; report the bug' },
  {
    code: 2,
    meaning: 'the command line, a setting or a file is wrong',
    reaction: 'correct the script',
  },
  {
    code: 3,
    meaning: 'the peer cannot be written to or believed as its directory entry stands',
    reaction: 'talk to the peer',
  },
  {
    code: 4,
    meaning: "one's own key, certificate, account or permission does not do",
    reaction: 'mend the credentials',
  },
  { code: 5, meaning: 'a message was refused', reaction: 'look at the quarantine or the receipt' },
  { code: 6, meaning: 'some items of a batch failed', reaction: 'run the same batch again' },
  {
    code: 75,
    meaning:
      'something is out of reach for now and nothing was sent; or an answer is not there in time',
    reaction: 'try again later',
  },
  { code: 130, meaning: 'interrupted by the user', reaction: 'nothing' },
];

/** One error code as `--json` reports it. */
export interface ErrorMeaning {
  readonly code: ErrorCode;
  readonly exit: ExitCode;
  readonly retryable: boolean;
  readonly meaning: string;
}

const MEANINGS: Readonly<Record<ErrorCode, string>> = {
  bug: 'something happened that msg does not expect',
  usage: 'the command line cannot be understood, or nobody can be asked',
  config: 'a setting, a profile or a file of settings is missing or wrong',
  'file-not-found': 'a file that was named cannot be read',
  'file-exists': 'a file would be overwritten',
  'json-invalid': 'what was given as JSON is none',
  'id-conflict': 'this message id was used for other content or recipients',
  'too-large': 'the content does not fit into one message',
  'missing-tool': 'a program that the command needs is not installed',
  'not-found': 'there is no message, topic or record of that name',
  'not-cancellable': 'a message may have left already, or is over',
  'not-resendable': 'a message cannot be published once more as it was',
  'not-sent': 'what is waited for cannot come: the outbox gave up sending the message',
  'peer-unknown': 'the directory has no peer of that name',
  'peer-inactive': 'the peer is suspended or removed, or has never been active',
  'peer-certificate': "the peer's certificate is missing, revoked or cannot be read",
  'peer-untrusted': "the peer's certificate does not lead to a trust anchor, or names another",
  'key-missing': 'there is no private key for what is to be done',
  'key-refused': 'the private key cannot be used',
  passphrase: 'a passphrase or password is missing or wrong',
  account: 'the account on the chain is missing, locked or without funds',
  'not-authorised': 'brokers, chain, contract or certificate authority forbid it',
  'certificate-own': "one's own certificate is expired, revoked or not registered",
  'enrolment-refused': 'the authority refused a certificate, or what it answered cannot be used',
  'enrolment-untrusted': "the authority's server is not the one that the settings trust",
  'message-refused': 'a message failed a check and went to the quarantine',
  rejected: 'a recipient has rejected what was sent',
  'batch-failures': 'not every item of the batch went through',
  'file-changed': 'a file changed while it was being sent; nothing of it is delivered',
  'batch-running': 'another process is sending the same batch',
  'broker-unreachable': 'no broker answers',
  'chain-unreachable': 'no node of the chain answers, or none that can be believed',
  'address-book-stale': 'the address book is too old and the chain does not answer',
  'revocation-unknown': "no current revocation list says whether a peer's certificate was revoked",
  'enrolment-pending': 'the authority has not decided about a certificate yet; the request is kept',
  'enrolment-unreachable': "the authority's server does not answer, or not now",
  'handler-failed': 'the program that messages are handed to failed',
  'sink-unavailable': 'the place that messages are written to is not there',
  'disk-full': 'there is no space left',
  'ledger-busy': 'another process holds the ledger',
  'key-unavailable': 'the service or device that holds a private key does not answer',
  'no-receipt': 'the message was sent; the receipt that is waited for did not come in time',
  'no-reply': 'the question was sent; its reply did not come in time',
  timeout: 'an answer did not come in time',
  interrupted: 'the user broke it off',
};

/** Every error code by exit code. */
export const ERROR_MEANINGS: readonly ErrorMeaning[] = (Object.keys(MEANINGS) as ErrorCode[])
  .map((code) => ({ code, ...ERROR_CODES[code], meaning: MEANINGS[code] }))
  .sort((a, b) => a.exit - b.exit);
