const EXPONENT: Readonly<Record<string, number>> = { '': 0, K: 1, M: 2, G: 3, T: 4 }

/** Pure: bytes of `32G`, `528K`, `1.5T`, `4096`; units are binary (PVE::JSONSchema::parse_size). */
export function bytesFrom(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)([KMGT]?)(?:iB)?$/.exec(text.trim())
  if (match === null) return undefined
  const [, digits, unit = ''] = match
  const bytes = Math.round(Number(digits) * 1024 ** (EXPONENT[unit] ?? 0))
  return Number.isSafeInteger(bytes) ? bytes : undefined
}
