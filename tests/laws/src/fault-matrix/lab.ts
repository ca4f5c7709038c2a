import { type Estate, kindNames, type Plan } from '@proxbox/contracts'
import { createFaultPlan, type Fault, type World } from '@proxbox/simulator/proxmox'
import { Session } from '../session.ts'
import { Store } from '../sides/store.ts'
import { type Harm, harmsOf } from './harms.ts'
import { openInProcess } from './in-process.ts'
import { readFaulty } from './read-faulty.ts'
import { changeElsewhere, smallWorld } from './small-world.ts'

/** A NetBox that is true to a small cluster, and the same cluster after changes that have nothing to do with faults. */
export interface Lab {
  readonly world: World
  readonly changed: World
  readonly session: Session
  /** What the changes take away when everything is read. */
  readonly rightful: readonly Harm[]
  /** As it is read; the faults strike. */
  read(world: World, ...faults: readonly Fault[]): Promise<Estate>
  /** @param days that have passed since NetBox was true */
  plan(estate: Estate, days?: number): Promise<Planned>
}

export interface Planned {
  readonly plan: Plan
  readonly harms: readonly Harm[]
}

/** Reads a world that these faults strike. */
export type ReadWorld = (world: World, faults: readonly Fault[]) => Promise<Estate>

const inProcess: ReadWorld = (world, faults) => {
  const plan = createFaultPlan()
  for (const fault of faults) plan.add(fault)
  return readFaulty(openInProcess(world, plan))
}

export interface LabOptions {
  /** Default: in process. */
  readonly read?: ReadWorld
  /** What happens to the cluster after NetBox was true to it; default: `changeElsewhere`. */
  readonly change?: (world: World) => void
}

export async function openLab(
  world: World = smallWorld('9.2'),
  { read: readWorld = inProcess, change = changeElsewhere }: LabOptions = {}
): Promise<Lab> {
  const changed = structuredClone(world)
  change(changed)
  // What goes may be deleted here: only then does a fault that makes it go do all its harm.
  const session = new Session(Store.fresh('4.7.3'), { endpoint: { missingPolicy: 'delete' } })
  const read = (world: World, ...faults: readonly Fault[]) => readWorld(world, faults)
  const plan = async (estate: Estate, days = 0): Promise<Planned> => {
    session.pass(days)
    const plan = await session.planEstate(estate)
    session.pass(-days)
    return { plan, harms: harmsOf(plan, session.inventory.ledger.values()) }
  }
  const first = await read(world)
  await session.foreseeEstate(first)
  await session.apply((await plan(first)).plan)
  const settled = await plan(first)
  if (settled.plan.changes.length > 0)
    throw new Error(JSON.stringify(settled.plan.changes, null, 1))
  const { harms: rightful } = await plan(await read(changed))
  return { world, changed, session, rightful, read, plan }
}

/** The kinds that a NetBox of the lab holds objects of. */
export const kindsIn = ({ session }: Lab) => {
  const held = new Set([...session.inventory.ledger.values()].map(({ kind }) => kind))
  return kindNames.filter((kind) => held.has(kind))
}
