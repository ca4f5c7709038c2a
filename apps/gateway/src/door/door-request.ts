import type { Bus } from '@proxbox/bus'
import { ProxboxError, type StreamPath, syncTypes } from '@proxbox/contracts'

type Raw = Readonly<Record<string, string | readonly string[] | undefined>>

const flags = [
  'use_guest_agent_interface_name',
  'ignore_ipv6_link_local_addresses',
  'delete_nonexistent_backup',
  'delete_nonexistent_snapshot'
] as const
const idLists = ['proxmox_endpoint_ids', 'netbox_vm_ids'] as const

const invalid = (parameter: string, problem: string) =>
  new ProxboxError('PARAMETER_INVALID', { parameter, problem })
const textOf = (raw: Raw, name: string): string => [raw[name] ?? ''].flat().join(',').trim()

/**
 * The sync request of a door call. Unknown parameters are ignored; a known one with a bad value is 422, and so is a call
 * that does not say which of several NetBoxes it means.
 */
export async function requestFrom(
  path: StreamPath,
  raw: Raw,
  bus: Pick<Bus, 'ask'>
): Promise<object> {
  const body: Record<string, unknown> = {
    origin: 'door',
    netbox_endpoint_ids: [await netboxOf(raw, bus)]
  }
  for (const name of flags) {
    const text = textOf(raw, name)
    if (text !== '') body[name] = flagFrom(name, text)
  }
  for (const name of idLists) {
    const text = textOf(raw, name)
    if (text !== '') body[name] = idsFrom(name, text)
  }
  const concurrency = textOf(raw, 'fetch_max_concurrency')
  if (concurrency !== '') body.fetch_max_concurrency = concurrencyFrom(concurrency)
  const types = textOf(raw, 'sync_types')
  if (path.types === 'all' && types !== '') body.sync_types = typesFrom(types)
  return body
}

function flagFrom(name: string, text: string): boolean {
  if (/^(true|1|yes|on)$/i.test(text)) return true
  if (/^(false|0|no|off)$/i.test(text)) return false
  throw invalid(name, `"${text}" is neither true nor false.`)
}

function idsFrom(name: string, text: string): number[] {
  if (!/^\d{1,9}(\s*,\s*\d{1,9})*$/.test(text)) throw invalid(name, `"${text}" is no list of ids.`)
  return text.split(',').map(Number)
}

function concurrencyFrom(text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1)
    throw invalid('fetch_max_concurrency', `"${text}" is no integer of at least 1.`)
  return Math.min(value, 64)
}

function typesFrom(text: string): string[] {
  const types = text.split(',').map((type) => type.trim())
  const wrong = types.find((type) => !(syncTypes as readonly string[]).includes(type))
  if (wrong !== undefined)
    throw invalid('sync_types', `"${wrong}" is none of ${syncTypes.join(', ')}.`)
  return types
}

/** The NetBox in `netbox_endpoint_ids`, else the only enabled one. */
async function netboxOf(raw: Raw, bus: Pick<Bus, 'ask'>): Promise<number> {
  const { results } = await bus.ask<{ results: { id: number; name: string; enabled: boolean }[] }>(
    'listNetBoxEndpoints',
    { query: { limit: 0 } }
  )
  const enabled = results.filter((one) => one.enabled)
  const text = textOf(raw, 'netbox_endpoint_ids')
  const wanted = text === '' ? enabled.map((one) => one.id) : idsFrom('netbox_endpoint_ids', text)
  const [id] = wanted
  if (id !== undefined && wanted.length === 1 && enabled.some((one) => one.id === id)) return id
  if (enabled.length === 0) throw new ProxboxError('NO_NETBOX_ENDPOINT')
  throw new ProxboxError('NETBOX_AMBIGUOUS', {
    choices: enabled.map((one) => `${one.id} (${one.name})`).join(', ')
  })
}
