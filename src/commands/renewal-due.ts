import { formatDuration, parseDuration } from '../domain/duration.js';
import { MsgError } from '../errors.js';
import type { Certificate } from '../x509/certificate.js';

/** When a certificate is to be renewed: so long before its end, or when so much of its time is over. */
export type RenewalRule =
  | { readonly kind: 'remaining'; readonly duration: number }
  | { readonly kind: 'passed'; readonly percent: number };

/** Two thirds of a certificate's time. */
export const DEFAULT_RULE = '66%';

/**
 * Reads a rule: a duration such as `30d`, or a percentage such as `75%`.
 *
 * @throws MsgError `usage`
 */
export function parseRenewalRule(text: string): RenewalRule {
  const percent = /^(\d{1,3})%$/.exec(text)?.[1];
  if (percent === undefined) return { kind: 'remaining', duration: parseDuration(text) };
  const value = Number(percent);
  if (value >= 1 && value <= 100) return { kind: 'passed', percent: value };
  throw new MsgError('usage', `not a share of a certificate's time: ${text}`, {
    hint: 'write 1% to 100%, or how long before its end, such as 30d',
  });
}

/** When the rule says that it is time, in Unix milliseconds. */
export function renewalTime(
  { notBefore, notAfter }: Pick<Certificate, 'notBefore' | 'notAfter'>,
  rule: RenewalRule,
): number {
  if (rule.kind === 'remaining') return notAfter - rule.duration;
  return notBefore + ((notAfter - notBefore) * rule.percent) / 100;
}

/** How long there is until then, in words. */
export function untilThen(time: number, now: number): string {
  const minutes = Math.floor(Math.abs(time - now) / 60_000) * 60_000;
  const length = minutes === 0 ? 'less than a minute' : formatDuration(minutes);
  return time > now ? `in ${length}` : `for ${length}`;
}
