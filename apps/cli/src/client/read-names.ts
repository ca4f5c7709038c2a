import type { FieldValue } from '@proxbox/contracts'
import { type Api, ApiError } from './api.ts'
import type { ItemRow } from './find-item.ts'
import { readPages } from './read-pages.ts'

/** What people call the Items behind keys. */
export type Names = ReadonlyMap<string, string>
export const noNames: Names = new Map()

/** Keys of which nobody can tell what they are: ids of clusters and nodes are made up, and stand in all keys below them. */
const isOpaque = (ref: string): boolean => /^(cluster|device|interface|vm|mac|ip):/.test(ref)

/** What one request asks for: its address stays short. */
const keysAtOnce = 50
/** Ten requests: beyond this the keys are shown as they are. */
const mostKeys = 500

/** Pure: the references in a value. */
function refsIn(value: FieldValue | undefined): string[] {
  if (typeof value !== 'object' || value === null) return []
  if ('ref' in value) return [value.ref]
  return value.flatMap(refsIn)
}

/** The names of the clusters, nodes, guests and their parts to which values refer. `known`: those that need no asking. */
export async function readNames(
  api: Api,
  { values, known = noNames }: { values: readonly (FieldValue | undefined)[]; known?: Names },
  signal: AbortSignal
): Promise<Names> {
  const asked = values.flatMap(refsIn).filter((ref) => isOpaque(ref) && !known.has(ref))
  const keys = [...new Set(asked)].slice(0, mostKeys)
  const names = new Map(known)
  try {
    for (let at = 0; at < keys.length; at += keysAtOnce) {
      const query = { key: keys.slice(at, at + keysAtOnce) }
      const { rows } = await readPages<ItemRow>(api, 'listItems', { query }, signal)
      for (const { key, label } of rows) names.set(key, label)
    }
  } catch (error) {
    // Who may see a Plan need not see every Item: then keys are shown.
    if (!(error instanceof ApiError) || error.status !== 403) throw error
  }
  return names
}
