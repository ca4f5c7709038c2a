import { booleanFrom, integerFrom } from '../wire/tolerant.ts'

/**
 * Pure: `k=v,k=v` with at most one part without `=`, which stands for the default key anywhere (pve-common,
 * PVE::JSONSchema::parse_property_string). Keys nobody knows are kept; of duplicates the first counts.
 */
export function propertiesFrom(text: string, defaultKey: string): ReadonlyMap<string, string> {
  const properties = new Map<string, string>()
  for (const part of text.split(',').map((piece) => piece.trim())) {
    if (part === '') continue
    const at = part.indexOf('=')
    const key = at < 0 ? defaultKey : part.slice(0, at)
    if (!properties.has(key)) properties.set(key, part.slice(at + 1))
  }
  return properties
}

/** Pure: a whole number of a property, or undefined. */
export function propertyInteger(
  properties: ReadonlyMap<string, string>,
  key: string
): number | undefined {
  return integerFrom(properties.get(key))
}

export function propertyFlag(properties: ReadonlyMap<string, string>, key: string): boolean {
  return booleanFrom(properties.get(key))
}
