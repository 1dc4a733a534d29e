import { describe, expect, it } from 'vitest';
import { contextTag } from '../../src/asn1/values.js';
import { integer, sequence, tlv } from '../../src/asn1/writer.js';
import type { RevocationMode } from '../../src/trust/options.js';
import type { RevocationList } from '../../src/x509/crl.js';
import * as write from '../../src/x509/write-extensions.js';
import {
  ca,
  issue,
  messageExtensions,
  NOW,
  revocationList,
  type Issued,
  type ListOptions,
} from '../support/issue.js';
import { judge, type Question } from './judge.js';

const HOUR = 3600_000;
const root = ca({ subject: 'CN=Root' });
const leaf = issue({ subject: 'CN=leaf', issuer: root, extensions: messageExtensions() });
const other = issue({ subject: 'CN=other', issuer: root, extensions: messageExtensions() });

const ask = (crls: readonly RevocationList[], question: Partial<Question> = {}): string =>
  judge({ target: leaf, anchors: [root], crls, revocation: 'require', ...question });
const list = (options: Partial<ListOptions> = {}): RevocationList =>
  revocationList({ issuer: root, ...options });
const revokes = (...issued: readonly Issued[]): Pick<ListOptions, 'revoked'> => ({
  revoked: issued.map(({ certificate }) => ({ certificate })),
});

const flag = (number: number): Buffer => tlv(contextTag(number, 'primitive'), Buffer.of(0xff));
const scope = (...fields: Buffer[]): Buffer => write.extension('551d1c', sequence(...fields), true);
const deltaOf = (base: number): Buffer => write.extension('551d1b', integer(base), true);
const url = (text: string): Buffer =>
  tlv(
    contextTag(0, 'constructed'),
    tlv(contextTag(0, 'constructed'), tlv(contextTag(6, 'primitive'), Buffer.from(text))),
  );

describe('a revocation list', () => {
  it('vouches for what it does not name', () => {
    expect(ask([list(revokes(other))])).toBe('ok');
  });

  it('revokes what it names, whether or not lists are required', () => {
    expect(ask([list(revokes(leaf))])).toBe('revoked');
    expect(ask([list(revokes(leaf))], { revocation: 'if-available' })).toBe('revoked');
    expect(ask([list(revokes(leaf))], { revocation: 'off' })).toBe('ok');
  });

  it('is missed only where it is required', () => {
    expect(ask([])).toBe('revocation-unknown');
    expect(ask([], { revocation: 'if-published' })).toBe('ok');
    expect(ask([], { revocation: 'if-available' })).toBe('ok');
  });

  it('is missed where the certificate says that there is one', () => {
    const extensions = [
      ...messageExtensions(),
      write.crlDistributionPoints(['http://crl.example']),
    ];
    const target = issue({ subject: 'CN=leaf', issuer: root, extensions });
    const ofTarget = (revocation: RevocationMode): string => ask([], { target, revocation });
    expect(ofTarget('if-published')).toBe('revocation-unknown');
    expect(ofTarget('if-available')).toBe('ok');
  });

  it('is missed where the issuer has published one before', () => {
    const old = list({ thisUpdate: NOW - 2 * HOUR, nextUpdate: NOW - HOUR });
    const forOthers = list({ extensions: [scope(flag(2))] });
    for (const one of [old, forOthers]) {
      expect(ask([one], { revocation: 'if-published' })).toMatch(/^revocation-/);
      expect(ask([one], { revocation: 'if-available' })).toBe('ok');
    }
  });

  it('is not asked about a certificate that is itself the anchor', () => {
    const self = issue({ subject: 'CN=self', extensions: messageExtensions() });
    expect(ask([], { target: self, anchors: [self] })).toBe('ok');
  });

  it.each<[Partial<ListOptions>, string]>([
    [{ nextUpdate: NOW - HOUR, thisUpdate: NOW - 2 * HOUR }, 'revocation-stale'],
    [{ nextUpdate: null }, 'revocation-unknown'],
    [{ thisUpdate: NOW + HOUR }, 'revocation-unknown'],
    [{ nextUpdate: NOW }, 'ok'],
  ])('vouches only while it is current (%#)', (options, expected) => {
    expect(ask([list(options)])).toBe(expected);
  });

  it('that is out of date still revokes, unless a current one says otherwise', () => {
    const stale = { thisUpdate: NOW - 2 * HOUR, nextUpdate: NOW - HOUR, ...revokes(leaf) };
    expect(ask([list(stale)], { revocation: 'if-available' })).toBe('revoked');
    expect(ask([list(stale), list()])).toBe('ok');
  });

  it('gives way to a newer one', () => {
    const older = list({ thisUpdate: NOW - 2 * HOUR });
    const newer = list({ thisUpdate: NOW - HOUR, ...revokes(leaf), number: 2 });
    expect(ask([older, newer])).toBe('revoked');
  });

  it('signed by anybody else counts for nothing', () => {
    const impostor = ca({ subject: 'CN=Root' });
    const forged = list({ issuer: impostor, ...revokes(leaf) });
    expect(ask([forged])).toBe('revocation-unknown');
    expect(ask([forged], { intermediates: [impostor] })).toBe('revocation-unknown');
  });

  it('must be signed with a key that may sign lists', () => {
    const extensions = [write.basicConstraints({ ca: true }), write.keyUsage(['keyCertSign'])];
    const noCrl = issue({ subject: 'CN=Root', extensions });
    const target = issue({ subject: 'CN=x', issuer: noCrl, extensions: messageExtensions() });
    const crls = [list({ issuer: noCrl })];
    expect(ask(crls, { target, anchors: [noCrl] })).toBe('revocation-unknown');
  });

  it.each([
    ['an extension', { extensions: [write.extension('2a0304', Buffer.of(5, 0), true)] }],
    [
      'an entry extension',
      {
        revoked: [
          {
            certificate: other.certificate,
            extensions: [write.extension('2a0304', Buffer.of(5, 0), true)],
          },
        ],
      },
    ],
  ])('with %s that is critical and unknown counts for nothing', (_, options) => {
    expect(ask([list(options)])).toBe('revocation-unknown');
  });

  it.each([
    [[flag(1)], 'ok'],
    [[flag(2)], 'revocation-unknown'],
    [[flag(5)], 'revocation-unknown'],
    [[tlv(contextTag(3, 'primitive'), Buffer.of(1, 0x40))], 'revocation-unknown'],
    [[url('http://crl.example/a')], 'revocation-unknown'],
  ])('speaks within its scope only (%#)', (fields, expected) => {
    expect(ask([list({ extensions: [scope(...fields)] })])).toBe(expected);
  });

  it('for one distribution point speaks for the certificates that name it', () => {
    const target = issue({
      subject: 'CN=pointed',
      issuer: root,
      extensions: [...messageExtensions(), write.crlDistributionPoints(['http://crl.example/a'])],
    });
    const at = (name: string): string =>
      ask([list({ extensions: [scope(url(name))] })], { target });
    expect(at('http://crl.example/a')).toBe('ok');
    expect(at('http://crl.example/b')).toBe('revocation-unknown');
  });

  it('is asked for every certificate of the path', () => {
    const middle = ca({ subject: 'CN=M', issuer: root });
    const target = issue({ subject: 'CN=x', issuer: middle, extensions: messageExtensions() });
    const question = { target, intermediates: [middle] };
    const ofMiddle = list({ issuer: middle });
    expect(ask([ofMiddle], question)).toBe('revocation-unknown');
    expect(ask([ofMiddle, list()], question)).toBe('ok');
    expect(ask([ofMiddle, list(revokes(middle))], question)).toBe('revoked');
  });
});

describe('a delta list', () => {
  const base = list({ number: 1 });
  const delta = (options: Partial<ListOptions>, baseNumber = 1): RevocationList =>
    list({ number: 5, ...options, extensions: [deltaOf(baseNumber)] });

  it('revokes what its base did not', () => {
    expect(ask([base, delta(revokes(leaf))])).toBe('revoked');
  });

  it('lifts a hold', () => {
    const hold = list({ revoked: [{ certificate: leaf.certificate, reason: 6 }] });
    const lift = delta({ revoked: [{ certificate: leaf.certificate, reason: 8 }] });
    expect(ask([hold])).toBe('revoked');
    expect(ask([hold, lift])).toBe('ok');
  });

  it('is nothing without its base, or for an older base', () => {
    expect(ask([delta({})])).toBe('revocation-unknown');
    expect(ask([base, delta(revokes(leaf), 2)])).toBe('ok');
  });

  it('that is older than its base, or of another key, changes nothing', () => {
    const newBase = list({ number: 9 });
    expect(ask([newBase, delta(revokes(leaf))])).toBe('ok');
    const identifier = write.authorityKeyIdentifier(Buffer.of(1));
    const ofOtherKey = list({
      number: 5,
      extensions: [deltaOf(1), identifier],
      ...revokes(leaf),
    });
    expect(ask([base, ofOtherKey])).toBe('ok');
  });

  it('keeps an old base current', () => {
    const old = list({ thisUpdate: NOW - 2 * HOUR, nextUpdate: NOW - HOUR });
    expect(ask([old])).toBe('revocation-stale');
    expect(ask([old, delta({})])).toBe('ok');
  });
});

describe('an indirect list', () => {
  const point = (name: Uint8Array): Buffer => {
    const issuer = tlv(contextTag(2, 'constructed'), tlv(contextTag(4, 'constructed'), name));
    return write.extension('551d1f', sequence(sequence(issuer)));
  };
  const signer = issue({
    subject: 'CN=Lists',
    issuer: root,
    extensions: [write.keyUsage(['cRLSign'])],
  });
  const target = issue({
    subject: 'CN=x',
    issuer: root,
    extensions: [...messageExtensions(), point(signer.certificate.subject)],
  });
  const certificateIssuer = write.extension(
    '551d1d',
    sequence(tlv(contextTag(4, 'constructed'), root.certificate.subject)),
    true,
  );
  const indirect = (revoked: ListOptions['revoked'] = []): RevocationList =>
    list({ issuer: signer, revoked, extensions: [scope(flag(4))] });
  const question = { target, intermediates: [signer] };

  it('answers for certificates that send us to its issuer', () => {
    expect(ask([indirect(), list()], question)).toBe('ok');
    const entry = { certificate: target.certificate, extensions: [certificateIssuer] };
    expect(ask([indirect([entry])], { ...question, revocation: 'if-available' })).toBe('revoked');
  });

  it('does not revoke the same serial number of another issuer', () => {
    const entry = { certificate: target.certificate };
    expect(ask([indirect([entry]), list()], question)).toBe('ok');
  });

  it('counts for nothing when its signer is revoked, or unknown to the anchor', () => {
    const entry = { certificate: target.certificate, extensions: [certificateIssuer] };
    const mode = { ...question, revocation: 'if-available' } as const;
    expect(ask([indirect([entry]), list(revokes(signer))], mode)).toBe('ok');
    const stranger = issue({ subject: 'CN=Lists', extensions: [write.keyUsage(['cRLSign'])] });
    const forged = list({ issuer: stranger, revoked: [entry], extensions: [scope(flag(4))] });
    expect(ask([forged], { ...mode, intermediates: [stranger] })).toBe('ok');
  });

  it('counts for nothing when its signer belongs to another anchor', () => {
    const elsewhere = ca({ subject: 'CN=Elsewhere' });
    const lists = issue({
      subject: 'CN=Lists',
      issuer: elsewhere,
      extensions: [write.keyUsage(['cRLSign'])],
    });
    const foreign = list({ issuer: lists, extensions: [scope(flag(4))] });
    const crls = [foreign, list({ issuer: elsewhere })];
    const anchors = [root, elsewhere];
    expect(ask(crls, { target, anchors, intermediates: [lists] })).toBe('revocation-unknown');
  });

  it('must say that it is one', () => {
    const plain = list({ issuer: signer });
    expect(ask([plain], { ...question, crls: [plain] })).toBe('revocation-unknown');
  });
});
