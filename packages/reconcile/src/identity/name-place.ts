import { type Fields, type KindName, kinds } from '@proxbox/contracts'
import { type Resolve, refIn } from './natural.ts'

/** Kinds whose names NetBox wants unique, and within what (NetBox 4.7 models: UniqueConstraint). */
const within: Partial<Record<KindName, readonly string[]>> = {
  cluster: ['scope'],
  device: ['site', 'tenant'],
  interface: ['device'],
  vm: ['cluster', 'tenant'],
  'vm-interface': ['virtual_machine'],
  disk: ['virtual_machine']
}

/**
 * Pure: one text for all names of which NetBox takes only one; undefined where it does not ask for that, or there is no
 * name. Those of parts differ by case, all others do not.
 */
export function namePlace(kind: KindName, fields: Fields, resolve: Resolve): string | undefined {
  const scope = within[kind]
  const { name } = fields
  if (scope === undefined || typeof name !== 'string') return undefined
  const text = kinds[kind].parent === undefined ? name.trim().toLowerCase() : name.trim()
  return [kind, text, ...scope.map((field) => refIn(fields, field, resolve))].join('|')
}
