import { Asn1Error } from '../asn1/reader.js';
import { findExtension, type Extension } from '../x509/certificate.js';
import { readDistributionPoints, type DistributionPoint } from '../x509/distribution-points.js';
import { EXTENSION } from '../x509/oids.js';

/** One revocation list, and the addresses at which it can be had, in the order to be tried. */
export interface ListSource {
  /** http and https only, each as the WHATWG URL standard writes it. */
  readonly urls: readonly string[];
  /** A `delta` list changes a complete one, which is good for something without it. */
  readonly kind: 'complete' | 'delta';
}

/** A certificate with more distribution points than this has the rest of them overlooked. */
const MAX_SOURCES = 4;
const MAX_URLS = 4;
const MAX_URL_LENGTH = 2048;

/** What a certificate or a revocation list says about where lists are. */
interface WithExtensions {
  readonly extensions: readonly Extension[];
}

/**
 * The lists that a certificate names: in cRLDistributionPoints (RFC 5280, section 4.2.1.13) and
 * freshestCRL (4.2.1.15). Points that cover all reasons are taken for one list with several addresses,
 * as authorities mean them; one that covers some reasons stands for itself. ldap is not asked.
 */
export function sourcesOf(certificate: WithExtensions): readonly ListSource[] {
  const complete = pointsIn(certificate, EXTENSION.crlDistributionPoints);
  return [...grouped(complete, 'complete'), ...deltaSourcesOf(certificate)];
}

/** The delta lists that a certificate or a complete list names in freshestCRL (section 5.2.6). */
export function deltaSourcesOf(certificateOrList: WithExtensions): readonly ListSource[] {
  return grouped(pointsIn(certificateOrList, EXTENSION.freshestCrl), 'delta');
}

/** A malformed extension names nothing: path validation has refused such a certificate by then. */
function pointsIn(from: WithExtensions, oid: string): readonly DistributionPoint[] {
  const extension = findExtension(from, oid);
  try {
    return extension === undefined ? [] : readDistributionPoints(extension.value);
  } catch (error) {
    if (error instanceof Asn1Error) return [];
    throw error;
  }
}

function grouped(
  points: readonly DistributionPoint[],
  kind: ListSource['kind'],
): readonly ListSource[] {
  const groups = new Map<string, string[]>();
  for (const [index, point] of points.entries()) {
    const key = point.reasons === undefined ? 'all reasons' : String(index);
    groups.set(key, [...(groups.get(key) ?? []), ...urlsOf(point)]);
  }
  return [...groups.values()]
    .map((urls) => ({ urls: [...new Set(urls)].slice(0, MAX_URLS), kind }))
    .filter(({ urls }) => urls.length > 0)
    .slice(0, MAX_SOURCES);
}

function urlsOf({ name }: DistributionPoint): readonly string[] {
  if (name?.type !== 'full') return [];
  return name.names.flatMap((one) => (one.type === 'uri' ? usable(one.value) : []));
}

/** Credentials in an address that everyone can read would be somebody else's mistake. */
function usable(text: string): readonly string[] {
  if (text.length > MAX_URL_LENGTH || !URL.canParse(text)) return [];
  const url = new URL(text);
  const isHttp = url.protocol === 'http:' || url.protocol === 'https:';
  if (!isHttp || url.username !== '' || url.password !== '') return [];
  url.hash = '';
  return [url.href];
}
