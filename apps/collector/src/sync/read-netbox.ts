import { type CurrentItem, kindNames, type SyncType } from '@proxbox/contracts'
import { type NetBox, readItems, readVersion } from '@proxbox/netbox'
import { kindsFor } from '@proxbox/reconcile'
import type { Reporter } from '../backend/reporter.ts'

export interface CurrentNetBox {
  readonly version: string
  readonly items: readonly CurrentItem[]
  /** Slugs of all tags: one of them may carry an identity. */
  readonly identityTags: readonly string[]
}

/** Reads whole tables of what these sync types compare or refer to; the tags always, for they tell whose NetBox this is. */
export async function readNetBox(
  netbox: NetBox,
  types: readonly SyncType[],
  reporter: Reporter,
  signal: AbortSignal
): Promise<CurrentNetBox> {
  const version = await readVersion(netbox, signal)
  const { owned, reference } = kindsFor(types, version)
  const wanted = kindNames.filter(
    (kind) => kind === 'tag' || owned.includes(kind) || reference.includes(kind)
  )
  const tables = await readItems(netbox, wanted, signal)
  const items = [...tables.values()].flat()
  reporter.step('netbox', 'completed', `Read ${items.length} objects of NetBox ${version}`)
  const slugs = (tables.get('tag') ?? []).map((tag) => tag.fields.slug)
  return { version, items, identityTags: slugs.filter((slug) => typeof slug === 'string') }
}
