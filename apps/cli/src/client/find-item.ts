import type { InventoryItem } from '@proxbox/contracts'
import type { Static } from 'typebox'
import { type Api, ApiError } from './api.ts'
import { readPages } from './read-pages.ts'

export type ItemRow = Static<typeof InventoryItem>

const candidatesRead = 2000
const candidatesShown = 10

/**
 * The Item that a person means: by its id, its key, an address, or the name of a VM or device, in NetBox or else in
 * Proxmox, when only one is called so.
 *
 * @throws ApiError with the candidates when there are several, or none
 */
export async function findItem(api: Api, text: string, signal: AbortSignal): Promise<number> {
  if (/^[1-9]\d*$/.test(text)) return Number(text)
  const byKey = await readItems(api, { key: text }, signal)
  if (byKey.length > 0) return onlyOne(text, byKey).id
  const named = await readItems(api, { q: text.slice(0, 100), kind: callable }, signal)
  const exact = named.filter((one) => nameOf(one, text) === text)
  const same = named.filter((one) => nameOf(one, text).toLowerCase() === text.toLowerCase())
  // It may have been renamed in NetBox.
  const inProxmox = named.filter(({ proxmox_name: name }) => name === text)
  return onlyOne(text, [exact, same, inProxmox].find((found) => found.length > 0) ?? []).id
}

/** Kinds whose Items people call by what they see in NetBox. */
const callable = ['vm', 'device', 'ip-address']

/** Pure: an address is called with its mask or without. */
const nameOf = ({ kind, label }: ItemRow, text: string): string =>
  kind === 'ip-address' && !text.includes('/') ? label.replace(/\/.*$/, '') : label

async function readItems(
  api: Api,
  query: Record<string, string | readonly string[]>,
  signal: AbortSignal
): Promise<readonly ItemRow[]> {
  const list = await readPages<ItemRow>(api, 'listItems', { query, most: candidatesRead }, signal)
  return list.rows
}

function onlyOne(text: string, found: readonly ItemRow[]): ItemRow {
  const [first, ...rest] = found
  if (first === undefined)
    throw new ApiError(
      404,
      `No Item has the key "${text}", and no address, VM or device is known by it: write the name as NetBox or Proxmox has it, or the key or id of the Item; GET /api/plugins/proxbox/items/?q=… looks for them.`
    )
  if (rest.length === 0) return first
  const names = found
    .slice(0, candidatesShown)
    .map(({ id, key, netbox }) => `${id} (${key} in ${netbox})`)
  const more = found.length > candidatesShown ? ', …' : ''
  throw new ApiError(
    409,
    `${found.length} Items are called "${text}": name one by its id: ${names.join(', ')}${more}.`
  )
}
