import type { Change, FieldValue } from '@proxbox/contracts'

/** Pure: within which a name is unique, as far as the key tells; too wide a scope costs a step and no more. */
const scopeOf = ({ key, kind }: Change): string =>
  kind === 'vm' || kind === 'vm-interface' || kind === 'disk' || kind === 'interface'
    ? key.slice(0, kind === 'vm' ? key.indexOf('/') : key.lastIndexOf('/'))
    : ''

/** Pure: kind, scope and name of an object, without regard to case; undefined for what is no name. */
export const nameIn = (change: Change, name: FieldValue | undefined): string | undefined =>
  typeof name === 'string'
    ? `${change.kind}|${scopeOf(change)}|${name.trim().toLowerCase()}`
    : undefined
