import type { Bus } from '@proxbox/bus'
import type { ItemExplanation } from '@proxbox/contracts'
import type { Static } from 'typebox'
import { forwarded, type OwnHandler, passOn } from '../api/forward.ts'
import { type RunNames, readRunNames, runsIn, withRunNames } from './run-names.ts'

type Explained = Static<typeof ItemExplanation>

/** The inventory's explanation, with Runs and NetBox named as people know them. */
export const explainHandler =
  (bus: Pick<Bus, 'ask' | 'call'>): OwnHandler =>
  async (own) => {
    const answer = await forwarded('explainItem', own, bus)
    if (answer.status !== 200) return passOn(own.reply, answer)
    const explained = answer.body as Explained // the route's reply schema
    const text = JSON.stringify(explained)
    const ids = explained.fields.flatMap(({ written, held, planned }) =>
      [written, held, planned].flatMap((one) => one?.run_id ?? [])
    )
    const names = await readRunNames([explained.run_id, ...ids, ...runsIn(text)], { bus, ...own })
    return named(JSON.parse(withRunNames(text, names)) as Explained, names) // still what it was
  }

/** Pure: numbers of Runs beside their UUIDs, and the NetBox Endpoint of any of them: an Item is in one NetBox. */
const named = (explained: Explained, names: RunNames): Explained => {
  const runOf = <T extends { readonly run_id: string }>(one: T | null) =>
    one === null ? null : { ...one, ...numberOf(names.get(one.run_id)) }
  const any = [...names.values()].find((name) => name !== null)
  return {
    ...explained,
    netbox_endpoint: any?.netbox_endpoint.name ?? null,
    fields: explained.fields.map((field) => ({
      ...field,
      written: runOf(field.written),
      held: runOf(field.held),
      planned: runOf(field.planned)
    }))
  }
}

/** Pure: nothing where nobody has asked for it. */
const numberOf = (name: ReturnType<RunNames['get']>): { run?: number | null } =>
  name === undefined ? {} : { run: name?.id ?? null }
