const SHADE = '***';

const PATTERNS: readonly (readonly [RegExp, string])[] = [
  // The userinfo of a URL (RFC 3986, section 3.2.1), up to the last @ of its authority.
  [/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/?#"']*@/gi, `$1${SHADE}@`],
  [/-----BEGIN ([A-Z ]*PRIVATE KEY)-----[^]*?(?:-----END \1-----|$)/g, `[$1 ${SHADE}]`],
  [
    /\b((?:Proxy-)?Authorization["']?\s*[:=]\s*["']?(?:Basic|Bearer)?\s*)[^\s"',}]+/gi,
    `$1${SHADE}`,
  ],
  [/\b(Basic|Bearer) [\w+/.~-]{8,}=*/g, `$1 ${SHADE}`],
  [
    // Not after `key.`, `account.` or `transport.`: errors begin with the names of settings.
    /(?<!\b(?:key|account|transport)\.)\b((?:password|passphrase|passwd|secret|token|api[_-]?key|private[_-]?key)["']?\s*[:=]\s*["']?)(?!(?:file|env|cmd):)[^\s"',&}]+/gi,
    `$1${SHADE}`,
  ],
];

/** The forms in which a value gets into texts: as it is, in JSON, in a URL, in a header. */
export function formsOf(value: string): readonly string[] {
  const bytes = Buffer.from(value);
  const inJson = JSON.stringify(value).slice(1, -1);
  return [value, inJson, encodeURIComponent(bytes.toString()), bytes.toString('base64')];
}

/**
 * Takes out of a text what looks like a secret: credentials in URLs, private keys in PEM,
 * authorization headers, `password=...` and the like; and every given value wherever it stands.
 * A net below the rule that secrets are not put into texts in the first place.
 */
export function redact(text: string, values: Iterable<string> = []): string {
  let shown = text;
  for (const value of values) if (value !== '') shown = shown.replaceAll(value, SHADE);
  for (const [pattern, replacement] of PATTERNS) shown = shown.replace(pattern, replacement);
  return shown;
}
