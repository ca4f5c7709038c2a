import t from 'tap'
import { estatesOf, law, randomsFrom } from '../src/cases.ts'
import { Killed } from '../src/execute.ts'
import { handsOff } from '../src/hands-off.ts'
import { Session } from '../src/session.ts'
import { Store } from '../src/store.ts'

function killAt(count: number): () => void {
  let ticks = 0
  return () => {
    ticks += 1
    if (ticks === count) throw new Killed()
  }
}

const content = (session: Session) => JSON.stringify(session.store.netbox.canonical(), null, 1)

/** Rows of what the Ledger of an undisturbed session has too, as text. */
const origins = (session: Session, smooth: Session) =>
  [...session.inventory.ledger.values()]
    // A delete that was sent and not recorded leaves a row of what is no more.
    .filter(({ key }) => smooth.inventory.ledger.has(key))
    .map(({ key, origin }) => `${key} ${origin}`)
    .sort()
    .join('\n')

law(t, 'any order, any crash: the content is the same, and all of it is ours', async (one) => {
  const [before, after] = await estatesOf(one)
  const start = new Session(Store.fresh(one.version))
  const [first = 0, second = 0, third = 0, skip = 0] = one.faults
  if (skip % 3 !== 0) start.sync(before)
  const smooth = start.copy()
  smooth.sync(after)
  const rough = start.copy()
  const random = randomsFrom(one.faults)
  for (const count of [first, second, third]) {
    try {
      rough.apply(rough.plan(after), killAt(1 + (count % 90)), random)
    } catch (error) {
      if (!(error instanceof Killed)) throw error
    }
  }
  rough.apply(rough.plan(after), () => {}, random)
  const again = rough.plan(after)
  if (again.changes.length > 0) throw new Error(JSON.stringify(again.changes, null, 1))
  const differs = (a: string, b: string) => {
    if (a !== b) throw new Error(difference(a, b))
  }
  differs(content(smooth), content(rough))
  smooth.sync(after)
  rough.sync(after)
  differs(origins(smooth, smooth), origins(rough, smooth))
})

/** Where Items are: key → NetBox id, of what stands by itself. */
const places = (session: Session) =>
  new Map(
    [...session.inventory.ledger.values()]
      .filter(({ kind }) => ['cluster', 'device', 'vm', 'vm-interface', 'interface'].includes(kind))
      .map(({ key, netbox_id }) => [key, netbox_id])
  )

function mustBeAt(session: Session, wanted: ReadonlyMap<string, number>): void {
  const now = places(session)
  for (const [key, id] of wanted) {
    if (now.get(key) !== id) throw new Error(`${key} was ${id} and is ${now.get(key)}`)
  }
}

law(t, 'strangers: two clusters that are alike are never taken for each other', async (one) => {
  const [a] = await estatesOf(one)
  const [b] = await estatesOf(one, 'cbbbbbbbb')
  const session = new Session(Store.fresh(one.version))
  session.sync(a, b)
  const wanted = places(session)
  const rows = [...session.inventory.ledger.values()]
  const objects = new Set(rows.map(({ kind, netbox_id }) => `${kind}/${netbox_id}`))
  if (objects.size !== rows.length) throw new Error('one object is two Items')
  for (const alone of [[a], [b], [a, b]]) {
    const { changes } = session.plan(...alone)
    if (changes.length > 0) throw new Error(JSON.stringify(changes, null, 1))
  }
  const forgetful = session.copy()
  forgetful.inventory.ledger.clear()
  forgetful.sync(a, b)
  mustBeAt(forgetful, wanted)
  // A NetBox that was restored has other objects under the ids that the Ledger knows.
  const mixed = session.copy()
  const ledger = mixed.inventory.ledger
  for (const [key, row] of [...ledger]) {
    const other = session.inventory.ledger.get(
      key.replaceAll(/caaaaaaaa|cbbbbbbbb|naaaaaaaa|nbbbbbbbb/g, (id) =>
        id.includes('a') ? id.replaceAll('a', 'b') : id.replaceAll('b', 'a')
      )
    )
    const isOne = row.kind === 'vm' || row.kind === 'device'
    if (isOne && other !== undefined) ledger.set(key, { ...row, netbox_id: other.netbox_id })
  }
  mixed.sync(a, b)
  mustBeAt(mixed, wanted)
})

law(t, 'hands off: what a person wrote or added stays', handsOff)

/** The lines that only one side has. */
function difference(smooth: string, rough: string): string {
  const [a, b] = [smooth.split('\n'), rough.split('\n')]
  const only = (mine: string[], theirs: string[]) => {
    const left = [...theirs]
    return mine.filter((line) => {
      const at = left.indexOf(line)
      if (at >= 0) left.splice(at, 1)
      return at < 0
    })
  }
  return `smooth:\n${only(a, b).join('\n')}\nrough:\n${only(b, a).join('\n')}`
}
