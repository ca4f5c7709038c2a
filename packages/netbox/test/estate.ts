import type { Fields, KindName, NetBoxConnection } from '@proxbox/contracts'
import {
  createNetBox,
  type NetBoxServer,
  type NetBoxVersion,
  openNetBoxServer
} from '@proxbox/simulator/netbox'
import type { Test } from 'tap'
import type { WriteBatch, WriteEntry, WriteResult } from '../src/index.ts'
import { type NetBox, type NetBoxOptions, openNetBox, writeBatch } from '../src/index.ts'

export const versions: readonly NetBoxVersion[] = ['4.5.9', '4.6.8', '4.7.3']
export const signal = new AbortController().signal

export function connectionTo(url: string, token: string): NetBoxConnection {
  return {
    id: 1,
    name: 'lab',
    base_url: url,
    token,
    verify_ssl: true,
    ca_certificate: '',
    fingerprint_sha256: '',
    timeout: 5,
    write_timeout: 2,
    write_mode: 'budget',
    ram_base: 1024,
    disk_base: 1024,
    primary_ip_policy: 'when-unset',
    primary_ip_subnet: null,
    pin_to_node: true,
    missing_policy: 'keep',
    rebuilt_policy: 'hold',
    create_default_site: true,
    vlan_create: true,
    platform_create: true,
    policies: {}
  }
}

/** A simulated NetBox and a client whose pauses take no time: its clock jumps instead. */
export async function openLab(
  t: Test,
  version: NetBoxVersion = '4.7.3',
  options: NetBoxOptions & { maxPageSize?: number; token?: (server: NetBoxServer) => string } = {}
): Promise<{ server: NetBoxServer; netbox: NetBox }> {
  const { maxPageSize = 1000, token, ...rest } = options
  const server = await openNetBoxServer({ state: createNetBox({ version, maxPageSize }) })
  let ahead = 0
  const netbox = openNetBox(connectionTo(server.url, token?.(server) ?? server.token), {
    now: () => Date.now() + ahead,
    sleep: async (ms) => {
      ahead += ms
    },
    ...rest
  })
  t.teardown(async () => {
    await netbox.close()
    await server.close()
  })
  return { server, netbox }
}

export async function write(netbox: NetBox, batch: WriteBatch): Promise<WriteResult[]> {
  const results: WriteResult[] = []
  for await (const result of writeBatch(netbox, batch, signal)) results.push(result)
  return results
}

export const entry = (key: string, fields: Fields, netboxId: number | null = null): WriteEntry => ({
  key,
  netboxId,
  fields,
  label: key
})

/** Creates and returns the references by key; refusals fail the test. */
export async function make(
  netbox: NetBox,
  kind: KindName,
  objects: Readonly<Record<string, Fields>>
): Promise<Record<string, { ref: string }>> {
  const entries = Object.entries(objects).map(([key, fields]) => entry(key, fields))
  const results = await write(netbox, { kind, action: 'create', entries })
  return Object.fromEntries(
    results.map((result) => {
      if (result.state === 'refused') throw new Error(`${result.key}: ${result.detail}`)
      return [result.key, { ref: `netbox:${kind}/${result.netboxId}` }]
    })
  )
}

/** `count` guests of one cluster, by name. */
export async function makeGuests(netbox: NetBox, count: number) {
  const { type } = await make(netbox, 'cluster-type', { type: { name: 'pve', slug: 'pve' } })
  if (type === undefined) throw new Error('no cluster type')
  const { cluster } = await make(netbox, 'cluster', { cluster: { name: 'c1', type } })
  if (cluster === undefined) throw new Error('no cluster')
  const names = Array.from({ length: count }, (_, index) => `vm${index}`)
  const guests = await make(
    netbox,
    'vm',
    Object.fromEntries(names.map((name) => [name, { name, cluster, status: 'active' }]))
  )
  return { cluster, guests, names }
}

export const idOf = (ref: { ref: string } | undefined): number => Number(ref?.ref.split('/')[1])
