import { type FieldValue, type Item, isRef } from '@proxbox/contracts'
import { tagKey } from '../key-of.ts'
import type { Desired } from '../options.ts'

/** Slug of the tag on what Proxmox no longer lists. */
const staleSlug = 'proxbox-stale'
export const staleTag = tagKey(staleSlug)

const item: Item = {
  key: staleTag,
  kind: 'tag',
  fields: {
    slug: staleSlug,
    name: 'Proxbox stale',
    color: '9e9e9e',
    description: 'Proxmox does not list it any more'
  }
}

export const isStaleRef = (value: FieldValue): boolean => isRef(value) && value.ref === staleTag

const withoutTag = (one: Item): Item =>
  Array.isArray(one.fields.tags) && one.fields.tags.some(isStaleRef)
    ? {
        ...one,
        fields: { ...one.fields, tags: one.fields.tags.filter((tag) => !isStaleRef(tag)) }
      }
    : one

/** Pure: the tag is an Item only where something gets it or has it; a guest tag of that name in Proxmox says nothing. */
export function withStaleTag(desired: Desired, needed: boolean): Desired {
  const isGuestTag = desired.items.some(({ key }) => key === staleTag)
  if (!isGuestTag && !needed) return desired
  const others = desired.items.filter(({ key }) => key !== staleTag).map(withoutTag)
  return { ...desired, items: needed ? [...others, item] : others }
}
