import type { Change, Estate, LedgerRow, Plan } from '@proxbox/contracts'
import { orderChanges, type PlanInput, planChanges } from '@proxbox/reconcile'
import type { Bench } from './bench.ts'
import { Inventory, type StoredRun } from './inventory.ts'
import type { Law } from './law.ts'
import { undoTakesBack } from './laws/undo.ts'
import { Session } from './session.ts'
import { altered, type NetBoxSide } from './sides/netbox-side.ts'
import { humanEdits } from './storm/human-edits.ts'

/** A part of what a law guards, broken on purpose. */
export interface Canary {
  /** Name of the law that must see it. */
  readonly law: string
  readonly says: string
  readonly breaks: (session: Session) => Session
}

/** Breaks what the planner is given. */
export const planning =
  (change: (input: PlanInput) => PlanInput): Canary['breaks'] =>
  (session) =>
    session.with({ planner: (input) => planChanges(change(input)) })

const onSide =
  (change: (side: NetBoxSide) => Partial<NetBoxSide>): Canary['breaks'] =>
  (session) =>
    new Session(altered(session.netbox, change(session.netbox)), {
      ...session.options,
      inventory: session.inventory
    })

/** What NetBox holds now is taken for what we wrote last. */
function trusting({ current, ledger, ...rest }: PlanInput): PlanInput {
  const objects = new Map(current.map((item) => [item.key, item.fields]))
  const rows = ledger.map((row): LedgerRow => {
    const now = objects.get(`netbox:${row.kind}/${row.netbox_id}`)
    const last = Object.entries(row.last_written).map(([field, value]) => [
      field,
      Array.isArray(value) ? value : (now?.[field] ?? value)
    ])
    return { ...row, last_written: Object.fromEntries(last) }
  })
  return { ...rest, current, ledger: rows }
}

/** What could not be read counts as empty. */
function blind(estate: Estate): Estate {
  return {
    gaps: [],
    clusters: estate.clusters.map((cluster) => ({
      ...cluster,
      gaps: [],
      guestListWhole: true,
      guests: cluster.guests.map((guest) => ({
        ...guest,
        name: guest.name ?? 'unnamed',
        config: guest.config ?? {
          memoryMiB: 1,
          onBoot: false,
          template: false,
          agentEnabled: false,
          tags: [],
          nics: [],
          disks: [],
          unknownKeys: []
        }
      }))
    }))
  }
}

/** All that lies in any cluster is taken to lie in the first one, and what we wrote of it is not looked at. */
function merged(input: PlanInput): PlanInput {
  const cluster = input.current.find(({ kind }) => kind === 'cluster')
  if (cluster === undefined) return input
  const current = input.current.map((item) => {
    if (item.kind !== 'vm' && item.kind !== 'device') return item
    const { 'cf.proxmox_cluster': _, ...fields } = item.fields
    return { ...item, fields: { ...fields, cluster: { ref: cluster.key } } }
  })
  return { ...input, current }
}

class Forgetful extends Inventory {
  override announce(): void {}
}

/** A Run that finds an object missing believes that it has been missing for ever. */
const hasty = (input: PlanInput): PlanInput => ({
  ...input,
  ledger: input.ledger.map((row) => ({ ...row, first_missing_at: '1970-01-01T00:00:00.000Z' }))
})

/** Writes as they come: what NetBox refuses takes its whole batch with it. */
const unhalved = (side: NetBoxSide): Partial<NetBoxSide> => ({
  write: async (batch) => {
    const results = await side.write(batch)
    const bad = results.find((one) => one.state === 'refused')
    if (bad?.state !== 'refused') return results
    return results.map(({ key }) => ({ key, state: 'refused', detail: bad.detail }))
  }
})

/** Believes what it read when it planned. */
function unsuspecting(side: NetBoxSide): Partial<NetBoxSide> {
  const seen = new Map<string, Awaited<ReturnType<NetBoxSide['read']>>[number]>()
  return {
    read: async (kinds) => {
      const items = await side.read(kinds)
      seen.clear()
      for (const item of items) seen.set(item.key, item)
      return items
    },
    readById: async (kind, ids) => ids.flatMap((id) => seen.get(`netbox:${kind}/${id}`) ?? [])
  }
}

/** One broken part for each law: the law that does not see it guards nothing. */
export const canaries: readonly Canary[] = [
  {
    law: 'Nothing to do',
    says: 'the Ledger is forgotten between Runs',
    breaks: planning((input) => ({ ...input, ledger: [] }))
  },
  {
    law: 'Hands off',
    says: 'what NetBox holds is taken for what we wrote',
    breaks: planning(trusting)
  },
  {
    law: 'Unknown is not empty',
    says: 'gaps are not looked at',
    breaks: planning((input) => ({ ...input, estate: blind(input.estate) }))
  },
  {
    law: 'Patience',
    says: 'what is missing counts as missing for ever',
    breaks: planning(hasty)
  },
  {
    law: 'Bounded harm',
    says: 'no budget',
    breaks: planning((input) => ({ ...input, options: { ...input.options, budget: false } }))
  },
  {
    law: 'Same plan, same writes',
    says: 'nothing is read again before it is written',
    breaks: onSide(unsuspecting)
  },
  {
    law: 'One bad object',
    says: 'a refused object takes its batch with it',
    breaks: onSide(unhalved)
  },
  {
    law: 'Any order, any crash',
    says: 'writes are not announced',
    breaks: (session) =>
      new Session(session.netbox, { ...session.options, inventory: new Forgetful() })
  },
  {
    law: 'Strangers',
    says: 'it is not looked at in which cluster an object lies',
    breaks: planning(merged)
  }
]

/** A correction is told like any other Change. */
function silent(input: PlanInput): Plan {
  const plan = planChanges(input)
  const untold = (why: Change['why']) =>
    Object.fromEntries(
      Object.entries(why).map(([field, one]) => [
        field,
        { ...one, reason: one.reason.replace(/^drift.*/, 'changed in Proxmox') }
      ])
    )
  return { ...plan, changes: plan.changes.map((one) => ({ ...one, why: untold(one.why) })) }
}

/** An undo that only deletes what the Run has made, and does not look what became of it. */
class Careless extends Session {
  override async planUndo(run: StoredRun): Promise<Plan> {
    const plan = await super.planUndo(run)
    const stays = new Set(plan.notices.map(({ key }) => key))
    const all = [...run.applied.values()].filter(({ change }) => stays.has(change.key))
    const deletes = all
      .filter(({ change }) => change.action === 'create')
      .map(({ change, netbox_id }): Change => ({ ...change, action: 'delete', netbox_id }))
    const changes = [...plan.changes, ...deletes]
    return {
      ...plan,
      changes,
      steps: orderChanges(changes, { netboxVersion: this.netbox.version })
    }
  }
}

/** An undo that makes again what was deleted, and nothing of what it held. */
class Thin extends Session {
  override async planUndo(run: StoredRun): Promise<Plan> {
    const plan = await super.planUndo(run)
    const isMadeAgain = ({ action }: Change) => action === 'create'
    const changes = plan.changes.filter((one) => !isMadeAgain(one) || one.kind === 'vm')
    return {
      ...plan,
      changes,
      steps: orderChanges(changes, { netboxVersion: this.netbox.version })
    }
  }
}

const as =
  (Broken: new (...given: ConstructorParameters<typeof Session>) => Session): Canary['breaks'] =>
  ({ netbox, options, inventory }) =>
    new Broken(netbox, { ...options, inventory })

/** The same for what else is proven by random cases. */
export const moreCanaries: readonly (Omit<Canary, 'law'> & { readonly law: Law })[] = [
  {
    law: humanEdits,
    says: 'what NetBox holds is taken for what we wrote',
    breaks: planning(trusting)
  },
  {
    law: humanEdits,
    says: 'corrections are not told as drift',
    breaks: (session) => session.with({ planner: silent })
  },
  { law: undoTakesBack, says: 'nobody looks what a person did since', breaks: as(Careless) },
  { law: undoTakesBack, says: 'parts of what was deleted stay away', breaks: as(Thin) }
]

/** A bench on which everything is broken in this way. */
export const brokenBy = (
  { breaks }: Pick<Canary, 'breaks'>,
  bench: Bench,
  numRuns: number
): Bench => ({
  ...bench,
  numRuns,
  session: async (version, options) => breaks(await bench.session(version, options))
})
