/**
 * peermsg as a library: the machinery of the `msg` program for applications.
 *
 * @packageDocumentation
 */
export { openPeer, Peer, RejectMessage } from './session/peer.js';
export type { PeerListenOptions, PeerOptions, ReceiptOf, RequestedNames } from './session/peer.js';
export type { AskOptions, QuestionContent, SentMessage } from './session/conversation.js';
export type { ReceivedMessage } from './session/received-message.js';
export type { Standing } from './messaging/waiting/receipts-awaited.js';
export type { Answered, Attested } from './domain/attested.js';
export type { FilePayload, MemoryPayload, Payload } from './messaging/payload.js';
export type { OutgoingContent } from './session/outgoing-content.js';
export type { BatchedContent, MessageBatch, MessageBatchOptions } from './session/message-batch.js';
export type { BatchedResult } from './messaging/items/batch-request.js';
export type { SendStep } from './messaging/send-request.js';
export type { SendResult } from './messaging/send.js';
export type { ListenEvent, ListenFrom, ListenSummary } from './messaging/listen.js';
export type { Header, HeaderItem, HeaderRecipient, MessageKind } from './envelope/header.js';
export type { ExternalKey, ExternalKeys } from './session/external-keys.js';
export type { RegisteredOwn } from './session/register-own.js';
export type { RequestKey } from './identity/request.js';
export type { KeyAnswer, KeyKind, KeyOperations, SignatureHash } from './domain/key-operations.js';
export { seal } from './envelope/seal.js';
export { open } from './envelope/open.js';
export { EnvelopeRefused, type RefusalReason } from './envelope/refused.js';
export type { Opened, OwnKey, Recipient, SealInput } from './envelope/types.js';
export { parseCertificate } from './x509/parse.js';
export { ERROR_CODES, MsgError, type ErrorCode, type ExitCode } from './errors.js';
