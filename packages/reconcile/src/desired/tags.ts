import type { Item, Settings } from '@proxbox/contracts'
import { tagKey } from '../key-of.ts'
import type { Cluster, DesiredOptions } from '../options.ts'
import { slugOf } from './names.ts'

export const proxboxTag = 'proxbox'

/** Pure: does the setting let this guest tag become a NetBox tag? */
export const tagWanted = (tags: Settings['tags'], tag: string): boolean =>
  tags === 'all' || (tags !== 'none' && tags.includes(tag))

/** Pure: NetBox tags for guest tags, one per slug; the first name in order gives the tag its name. */
export function tagItems(clusters: readonly Cluster[], options: DesiredOptions): readonly Item[] {
  const items = new Map<string, Item>()
  const add = (slug: string, name: string, color: string, description = '') => {
    if (slug === '' || items.has(slug)) return
    items.set(slug, {
      key: tagKey(slug),
      kind: 'tag',
      fields: { slug, name, color, ...(description ? { description } : {}) }
    })
  }
  add(proxboxTag, 'Proxbox', 'ff5722', 'Proxbox Identifier: objects that Proxbox keeps')
  add(options.identityTag.slug, options.identityTag.name, 'ff5722', 'Proxbox installation')
  const wanted = new Map<string, string>()
  for (const cluster of [...clusters].sort((a, b) => (a.clusterId < b.clusterId ? -1 : 1))) {
    for (const tag of cluster.guests.flatMap((guest) => guest.config?.tags ?? guest.tags ?? [])) {
      if (!tagWanted(options.settings.tags, tag) || wanted.has(tag)) continue
      wanted.set(tag, cluster.tagColors[tag] ?? '9e9e9e')
    }
  }
  for (const [tag, color] of [...wanted].sort(([a], [b]) => (a < b ? -1 : 1))) {
    add(slugOf(tag), tag, color.toLowerCase())
  }
  return [...items.values()]
}
