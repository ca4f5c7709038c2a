import { type CurrentItem, type KindName, kindNames, kinds, versionHas } from '@proxbox/contracts'
import {
  openNetBox,
  readCounts,
  readFates,
  readItems,
  readItemsById,
  readVersion,
  type WriteBatch,
  writeBatch
} from '@proxbox/netbox'
import type { NetBoxVersion } from '@proxbox/simulator/netbox'
import { createNetBox, openNetBoxServer } from '@proxbox/simulator/netbox'
import { connectionTo } from './connection.ts'
import { contentOf } from './content-of.ts'
import { allOf, type Content, handsOn, type NetBoxSide, Refused } from './netbox-side.ts'

/** Where a NetBox answers, and what only its owner can do with it. */
export interface NetBoxPlace {
  readonly url: string
  readonly token: string
  empty(): Promise<void>
  save(): Promise<() => Promise<void>>
}

export interface OpenSide extends NetBoxSide {
  /** The same NetBox with the eyes and hands of another token. */
  as(token: string): Promise<OpenSide>
  close(): Promise<void>
}

/** A NetBox behind its API, read and written by the collector's own client. */
export async function openOverHttp(place: NetBoxPlace, signal: AbortSignal): Promise<OpenSide> {
  const netbox = openNetBox(connectionTo(place.url, place.token), { lanes: 1 })
  const version = await readVersion(netbox, signal)
  let calls = 0
  const call = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    if (method !== 'GET') calls += 1
    const answer = await fetch(`${place.url}/api/${path}`, {
      method,
      headers: {
        authorization: `${place.token.startsWith('nbt_') ? 'Bearer' : 'Token'} ${place.token}`,
        'content-type': 'application/json'
      },
      body: body === undefined ? null : JSON.stringify(body),
      signal: AbortSignal.any([signal, AbortSignal.timeout(60_000)])
    })
    const text = await answer.text()
    if (!answer.ok) throw new Refused(`${path}: ${answer.status} ${text.slice(0, 600)}`)
    return text === '' ? undefined : JSON.parse(text)
  }
  const write = async (batch: WriteBatch) => await allOf(writeBatch(netbox, batch, signal))
  return {
    version,
    read: async (wanted: readonly KindName[]): Promise<CurrentItem[]> =>
      [...(await readItems(netbox, wanted, signal)).values()].flat(),
    readById: (kind, ids) => readItemsById(netbox, kind, ids, signal),
    counts: (asked) => readCounts(netbox, asked, signal),
    fates: (asked) => readFates(netbox, asked, signal),
    write,
    ...handsOn({ write }),
    call,
    writes: () => calls + netbox.requests().writes,
    exportCanonical: async (): Promise<Content> => {
      const tables = kindNames
        .filter((kind) => versionHas(version, kinds[kind].since))
        .map((kind) => kinds[kind].path)
      return await contentOf([...tables, 'extras/journal-entries/'], call)
    },
    save: place.save,
    empty: async () => {
      await place.empty()
      await call('POST', 'dcim/sites/', [{ name: 'Home', slug: 'home' }])
    },
    as: (token) => openOverHttp({ ...place, token }, signal),
    close: () => netbox.close()
  }
}

/** The simulator behind a socket on 127.0.0.1. */
export async function openSimulator(
  version: NetBoxVersion,
  signal: AbortSignal
): Promise<OpenSide> {
  const state = createNetBox({ version })
  const server = await openNetBoxServer({ state })
  const side = await openOverHttp(
    {
      url: server.url,
      token: server.token,
      empty: async () => state.clear(),
      save: async () => {
        const dump = state.dump()
        return async () => state.load(dump)
      }
    },
    signal
  )
  return {
    ...side,
    close: async () => {
      await side.close()
      await server.close()
    }
  }
}
