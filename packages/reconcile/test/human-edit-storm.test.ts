import type { CurrentItem, Estate, Fields, FieldValue, LedgerRow } from '@proxbox/contracts'
import { fieldSpec, isRef, kinds, netboxKey } from '@proxbox/contracts'
import fc from 'fast-check'
import t from 'tap'
import './config.ts'
import { planFor, withConfig } from './planned.ts'
import { estate, guest, World } from './world.ts'

const stormy = new Set(['vm', 'vm-interface', 'ip-address', 'device', 'interface', 'tag', 'vlan'])
const identifying = new Set(['address', 'slug', 'vid'])

/** Fields that anybody may edit in NetBox: what refers to something, or is our own, is left out. */
const editable = (row: LedgerRow): string[] =>
  Object.keys(kinds[row.kind].fields).filter((field) => {
    const spec = fieldSpec(row.kind, field)
    if (spec === undefined || identifying.has(field)) return false
    return spec.policy !== 'own' && /^(text|integer|boolean)$/.test(spec.type)
  })
function edited(type: string | undefined, value: FieldValue | undefined, salt: number): FieldValue {
  if (type === 'integer') return 1 + salt
  return type === 'boolean' ? value !== true : `by hand ${salt}`
}

const objectOf = (world: World, row: LedgerRow): CurrentItem | undefined =>
  world.objects.get(netboxKey(row.kind, row.netbox_id))

const storms = fc.array(
  fc.record({
    edits: fc.array(fc.tuple(fc.nat(999), fc.nat(99), fc.nat(99)), { maxLength: 6 }),
    notes: fc.constantFrom('a', 'b', ''),
    memory: fc.constantFrom(1024, 2048),
    tags: fc.subarray(['web', 'db'])
  }),
  { minLength: 1, maxLength: 6 }
)

type Edit = readonly [which: number, what: number, salt: number]

/** A person edits one field of one object of ours, and adds a tag; what was edited is added to `mine`. */
function editOne(world: World, [which, what, salt]: Edit, hand: string, mine: Map<string, Fields>) {
  const rows = [...world.ledger.values()].filter(({ kind }) => stormy.has(kind))
  const row = rows[which % Math.max(rows.length, 1)]
  if (row === undefined) return
  const fields = editable(row)
  const field = fields[what % fields.length] ?? 'description'
  const before = objectOf(world, row)?.fields ?? {}
  const value = edited(fieldSpec(row.kind, field)?.type, before[field], salt)
  const others = Array.isArray(before.tags)
    ? before.tags.filter((one) => !isRef(one) || one.ref !== hand)
    : []
  const tags = kinds[row.kind].hasTags ? { tags: [...others, { ref: hand }] } : {}
  world.edit(row.key, { [field]: value, ...tags })
  const tag = kinds[row.kind].hasTags ? { tag: hand } : {}
  mine.set(row.key, { ...mine.get(row.key), [field]: value, ...tag })
}

/** One Run after the edits of some time. @throws Error when something of a person's is lost */
function weather(world: World, seen: Estate, edits: readonly Edit[], hand: string): void {
  const mine = new Map<string, Fields>()
  for (const one of edits) editOne(world, one, hand, mine)
  const plan = planFor(world, seen)
  world.apply(plan)
  const whys = new Map(plan.changes.map(({ key, why }) => [key, why]))
  for (const [key, fields] of mine) mustStand(world, key, fields, whys.get(key) ?? {})
  if (plan.changes.some(({ action }) => action === 'delete')) throw new Error('deleted')
  if (planFor(world, seen).changes.length > 0) throw new Error('not at rest')
}

t.test('a storm of edits between Runs: only facts are written over, and each is told', async () => {
  const property = fc.property(storms, (storm) => {
    const world = new World()
    const hand = world.add('tag', { slug: 'mine', name: 'mine' })
    for (const { edits, notes, memory, tags } of storm) {
      const config = withConfig({ description: notes, memoryMiB: memory, tags })
      weather(world, estate([config, guest(101)]), edits, hand.key)
    }
  })
  await fc.assert(property, { numRuns: 150 })
})

/** @throws Error when an edit is lost that no Change tells as drift of a fact */
function mustStand(
  world: World,
  key: string,
  edit: Fields,
  why: Readonly<Record<string, { policy: string; reason: string }>>
): void {
  const row = world.ledger.get(key)
  const now = row === undefined ? undefined : objectOf(world, row)?.fields
  for (const [field, value] of Object.entries(edit)) {
    if (field === 'tag') {
      if (!JSON.stringify(now?.tags).includes(String(value))) throw new Error(`${key}: tag lost`)
      continue
    }
    const told = why[field]
    const isTold = told?.policy === 'source' && told.reason.startsWith('drift')
    if (now?.[field] !== value && !isTold) {
      throw new Error(`${key}.${field}: ${JSON.stringify(now?.[field])}, ${JSON.stringify(told)}`)
    }
  }
}
