const MASK = '[redacted]'
const SECRET_HEADER = /authorization|cookie|token|csrf|secret|api-?key/i
// Parts shorter than this ("Token", "root") are words, and masking them would garble every text.
const MIN_PART_LENGTH = 8

/** Replaces each secret, plain or URL-encoded, by `[redacted]`; the longest first. */
export function redact(text: string, secrets: readonly string[]): string {
  const forms = secrets.flatMap((secret) => [secret, encodeURIComponent(secret.toWellFormed())])
  return [...new Set(forms)]
    .filter((form) => form !== '')
    .sort((a, b) => b.length - a.length)
    .reduce((masked, form) => masked.replaceAll(form, MASK), text)
}

/** What must never be seen of these headers: whole values, and the parts that carry the secret. */
export function secretsFrom(headers: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(headers)
    .filter(([name]) => SECRET_HEADER.test(name))
    .flatMap(([, value]) => [value, ...value.split(/[\s=:;,]+/)])
    .filter((part) => part.length >= MIN_PART_LENGTH)
}

/** A short piece of an answer that may stand in an error message. Masked before it is cut. */
export function excerptOf(text: string, secrets: readonly string[]): string {
  // The bound keeps masking cheap; secrets are far shorter than what it leaves beyond the cut.
  return redact(text.slice(0, 4096), secrets).replace(/\s+/g, ' ').slice(0, 200)
}
