import type { Change, SeenAddress } from '@proxbox/contracts'
import t from 'tap'
import { openStack } from './stack.ts'

const stack = await openStack()
t.teardown(() => stack.close())

interface Page<T> {
  readonly results: T[]
  readonly next: string | null
}
interface Item {
  readonly id: number
  readonly key: string
  readonly netbox_id: number | null
}
interface Explained {
  readonly waits: object | null
  readonly fields: { readonly field: string; readonly text: string }[]
}

const address = (n: number, over: Partial<SeenAddress> = {}): SeenAddress => ({
  key: `ip:vm:c1/qemu/100/net0/2001:db8::${n}`,
  label: `2001:db8::${n}/64`,
  holder: 'web net0',
  since: '2026-01-01T00:00:00.000Z',
  ...over
})

/** One NetBox of its own per test. */
const openSide = (netbox: string) => {
  const post = (operation: string, body: object, attempt = 1) =>
    stack.collector.call<Record<string, unknown>>(operation, {
      body: { netbox, run_id: `run-${netbox}`, attempt, ...body }
    })
  return {
    see: (begun: readonly SeenAddress[], ended: readonly string[] = [], attempt?: number) =>
      post('recordSeenAddresses', { begun, ended }, attempt),
    post,
    async seen(): Promise<SeenAddress[]> {
      const all: SeenAddress[] = []
      for (let after: string | undefined; ; ) {
        const query = { netbox, limit: 2, ...(after === undefined ? {} : { after }) }
        const page: Page<SeenAddress> = await stack.collector.ask('readSeenAddresses', { query })
        all.push(...page.results)
        if (page.next === null) return all
        after = page.next
      }
    },
    async items(): Promise<Item[]> {
      const query = { netbox, limit: 100 }
      const asked = { baseUrl: 'http://proxbox', query }
      return (await stack.gateway.ask<Page<Item>>('listItems', asked)).results
    },
    explain: ({ id }: Item) =>
      stack.gateway.ask<Explained>('explainItem', {
        baseUrl: 'http://proxbox',
        query: {},
        params: { id: String(id) }
      })
  }
}

const create = ({ key, label }: SeenAddress): Change => ({
  ...{ key, kind: 'ip-address', action: 'create', netbox_id: null, label, origin: 'created' },
  ...{ before: {}, after: { address: label }, why: {} }
})

t.test('what a Run has seen first is remembered per NetBox until it is told no more', async (t) => {
  const [one, other] = [openSide('b0000seen'), openSide('b1111seen')]
  const all = [address(1), address(2), address(3)]
  t.same((await one.see(all)).body, { begun: 3, ended: 0 })
  t.same(await one.seen(), all)
  t.same(await other.seen(), [])
  await one.see(all)
  t.same(await one.seen(), all, 'told twice')
  t.same((await one.see([], [all[1]?.key ?? ''])).body, { begun: 0, ended: 1 })
  t.same(await one.seen(), [all[0], all[2]])
  t.same(
    (await one.items()).map(({ key }) => key),
    [all[0]?.key, all[2]?.key]
  )
})

t.test('a person can ask why it is not there', async (t) => {
  const side = openSide('b2222seen')
  await side.see([address(1)])
  const [item] = await side.items()
  t.equal(item?.netbox_id, null)
  const told = item === undefined ? undefined : await side.explain(item)
  t.same(told?.waits, { since: '2026-01-01T00:00:00.000Z', until: '2026-01-02T00:00:00.000Z' })
  t.match(told?.fields, [{ field: 'address' }])
  t.equal(
    told?.fields[0]?.text,
    'address was never written by Proxbox; web net0 tells "2001:db8::1/64" since 2026-01-01T00:00:00.000Z, and an IPv6 address that no configuration has is written once it has been seen for 24 hours: not before 2026-01-02T00:00:00.000Z.'
  )
})

t.test('planned and held again, it is remembered; written, it is not', async (t) => {
  const side = openSide('b3333seen')
  const waiting = address(1)
  await side.see([waiting])
  const held = { change: create(waiting), guard: 'references', code: 'ITEM_HELD', reason: '' }
  await side.post('storePlanPage', { page: 0, changes: [], held: [held] })
  const later = { run_id: 'run-later' }
  await side.post('storePlanPage', { ...later, page: 0, changes: [create(waiting)], held: [] })
  await side.post('recordConflicts', { ...later, conflicts: [], last: true, settled: [] })
  t.same(await side.seen(), [waiting], 'held no more, and not written either')
  t.equal((await side.items()).length, 1)
  const [planned] = await side.items()
  t.notMatch(planned && (await side.explain(planned)).fields[0]?.text, /once it has been seen/)
  const outcome = { change: create(waiting), state: 'done', netbox_id: 7, detail: '' }
  await side.post('recordOutcomes', { ...later, outcomes: [outcome] })
  t.same(await side.seen(), [])
  t.match(await side.items(), [{ key: waiting.key, netbox_id: 7 }])
  const [written] = await side.items()
  t.equal(written && (await side.explain(written)).waits, null)
})

t.test(
  'what was found in NetBox is remembered no more, nor what goes with its guest',
  async (t) => {
    const side = openSide('b4444seen')
    const [found, left] = [address(1), address(2)]
    await side.see([found, left])
    const { key, kind, label } = create(found)
    const adoption = {
      ...{ key, kind, label, netbox_id: 9, origin: 'adopted', evidence_of_match: 'address' },
      ...{ values: {}, evidence: {} }
    }
    await side.post('recordAdoptions', { adoptions: [adoption] })
    t.same(await side.seen(), [left])
    const vm = {
      ...create(found),
      key: 'vm:c1/qemu/100',
      kind: 'vm',
      action: 'delete',
      netbox_id: 3
    }
    const outcomes = [{ change: vm, state: 'done', netbox_id: 3, detail: '' }]
    await side.post('recordOutcomes', { outcomes })
    t.same(await side.seen(), [])
    t.same(await side.items(), [])
  }
)

t.test('an attempt that was replaced remembers nothing', async (t) => {
  const side = openSide('b5555seen')
  await side.see([], [], 2)
  t.match(await side.see([address(1)], [], 1), { status: 409, body: { code: 'ATTEMPT_STALE' } })
  t.same(await side.seen(), [])
})
