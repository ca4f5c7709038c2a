import { type Item, isRef, kinds } from '@proxbox/contracts'

const maxDepth = 3

/** Pure: how people name an Item: a part of something with what it is a part of (`web-1 net0`). */
export function fullLabels(items: readonly Item[]): (item: Item, label: string) => string {
  const byKey = new Map(items.map((item) => [item.key, item]))
  const parentOf = (item: Item): Item | undefined => {
    const { parent } = kinds[item.kind]
    const value = parent === undefined ? undefined : item.fields[parent]
    return isRef(value) ? byKey.get(value.ref) : undefined
  }
  return (item, label) => {
    const parts = [label]
    let parent = parentOf(item)
    for (let depth = 0; parent !== undefined && depth < maxDepth; depth += 1) {
      if (typeof parent.fields.name === 'string') parts.unshift(parent.fields.name)
      parent = parentOf(parent)
    }
    return parts.join(' ')
  }
}
