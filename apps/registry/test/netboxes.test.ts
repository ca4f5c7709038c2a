import t from 'tap'
import { openStack } from './stack.ts'

const stack = await openStack()
t.teardown(() => stack.close())

interface Identity {
  readonly netbox: string
  readonly tag: string
  readonly installation: string
  readonly refused: string | null
  readonly remedy: string
}

const netbox = async (name: string): Promise<number> => {
  const body = { name, domain: 'nb.example.org', token: 'ab'.repeat(20) }
  return (await stack.gateway.ask<{ id: number }>('createNetBoxEndpoint', { body })).id
}
const look = (id: number, found: string[] | null) =>
  stack.collector.ask<Identity>('identifyNetBox', { body: { netbox_endpoint_id: id, found } })
const decide = (id: number, decision: string) =>
  stack.gateway.call<Record<string, unknown>>('takeOverNetBox', {
    params: { id },
    body: { decision },
    baseUrl: 'http://proxbox'
  })
const stranger = 'proxbox-id-iother123-babcdefgh'

t.test('NetBoxes: one keeper each', async (t) => {
  const [first, second] = [await netbox('main'), await netbox('twin')]
  const own = await look(first, [])
  t.match(own, { netbox: /^b[a-z0-9]{8}$/, installation: /^i[a-z0-9]{8}$/, refused: null })
  t.equal(own.tag, `proxbox-id-${own.installation}-${own.netbox}`)
  t.match(await look(first, [own.tag, 'production']), { netbox: own.netbox, refused: null })
  const twin = await look(second, [own.tag])
  t.match(twin, { refused: /NetBox Endpoint main already keeps it/ })
  t.not(twin.netbox, own.netbox)
  t.match(await look(second, null), { refused: null }, 'who has not looked is not refused')
  t.match(await look(second, [own.tag, twin.tag]), { refused: /main/ })
  t.match(await look(first, [own.tag, twin.tag]), { refused: null }, 'the older one keeps it')
  t.match(await look(first, [stranger]), {
    refused: /another installation keeps it \(tag proxbox-id-iother123-babcdefgh\)/
  })
  t.equal(
    (
      await stack.collector.call('identifyNetBox', {
        body: { netbox_endpoint_id: 99, found: null }
      })
    ).status,
    404
  )
})

t.test('two Endpoint rows for one NetBox: once told, they share Ledger and lease', async (t) => {
  const [first, second, third] = [await netbox('s1'), await netbox('s2'), await netbox('s3')]
  const own = await look(first, [])
  const refused = await look(second, [own.tag])
  t.match(refused, {
    refused: /NetBox Endpoint s1 already/,
    remedy: `"proxbox endpoint take-over ${second} --as same"`
  })
  t.match(refused.remedy, /--as copy"/)
  const wrong = await decide(second, 'take-over')
  t.match(wrong, { status: 409, body: { code: 'CONFLICT', detail: /s1 keeps it.* same or copy/ } })
  t.match(await decide(second, 'same'), { status: 200, body: { id: second, name: 's2' } })
  t.match(await look(second, [own.tag]), {
    netbox: own.netbox,
    tag: own.tag,
    refused: null,
    remedy: ''
  })
  t.match(await look(second, null), { netbox: own.netbox })
  t.match(await look(first, [own.tag]), { netbox: own.netbox, refused: null })
  t.match(await decide(second, 'same'), { status: 409, body: { detail: /nobody else kept/ } })
  t.match(await stack.eventsOf('netbox', second, 2), ['created', 'changed'])

  const late = await look(third, [])
  t.match(
    await look(third, [own.tag, late.tag]),
    { refused: /s1/ },
    'both rows had put their tag there'
  )
  t.match(
    await look(second, [own.tag, late.tag]),
    { refused: null },
    'the age of the identity counts'
  )
  t.equal((await decide(third, 'same')).status, 200)
  t.match(await look(third, [own.tag, late.tag]), { netbox: own.netbox, refused: null })
  await stack.gateway.call('deleteNetBoxEndpoint', { params: { id: first } })
  t.match(await look(second, [own.tag, late.tag]), { netbox: own.netbox, refused: null })
})

t.test('a production NetBox copied to staging: the copy has a Ledger of its own', async (t) => {
  const [production, staging] = [await netbox('production'), await netbox('staging')]
  const own = await look(production, [])
  const copy = await look(staging, [own.tag])
  t.match(copy, { refused: /production/ })
  t.equal((await decide(staging, 'copy')).status, 200)
  const kept = await look(staging, [own.tag])
  t.match(kept, { netbox: copy.netbox, refused: null }, 'its own identity, whose Ledger is empty')
  t.match(await look(staging, [own.tag, kept.tag]), { netbox: copy.netbox, refused: null })
  t.match(await look(production, [own.tag]), { netbox: own.netbox, refused: null })
  t.match(
    await look(staging, [own.tag, stranger]),
    { refused: /another installation/ },
    'and no other'
  )

  const address = { params: { id: staging }, body: { domain: 'other.example.org' } }
  await stack.gateway.ask('updateNetBoxEndpoint', address)
  t.match(await decide(staging, 'copy'), { status: 409 }, 'nobody has looked there yet')
  t.match(
    await look(staging, [own.tag]),
    { refused: /production/ },
    'another server is asked about anew'
  )

  const used = await netbox('lab')
  const before = await look(used, [])
  await look(used, [before.tag])
  t.match(
    await look(used, [own.tag]),
    { refused: /production/ },
    'replaced by a copy of production'
  )
  t.equal((await decide(used, 'copy')).status, 200)
  const anew = await look(used, [own.tag])
  t.equal(anew.refused, null)
  t.not(anew.netbox, before.netbox, 'what its Ledger knew was other content')
})

t.test(
  'a copy under two addresses is one copy, and never the NetBox it was made from',
  async (t) => {
    const [original, copy, twin] = [await netbox('o1'), await netbox('o2'), await netbox('o3')]
    const own = await look(original, [])
    await look(copy, [own.tag, stranger])
    t.equal((await decide(copy, 'copy')).status, 200)
    const kept = await look(copy, [own.tag, stranger])
    const all = [own.tag, kept.tag, stranger]
    t.match(await look(twin, all), { refused: /NetBox Endpoint o2 already/ }, 'not the older o1')
    t.equal((await decide(twin, 'same')).status, 200)
    t.match(
      await look(twin, all),
      { netbox: kept.netbox, refused: null },
      'what was decided about the copy holds for both'
    )
    t.match(await look(original, [own.tag]), { netbox: own.netbox, refused: null })

    const other = await netbox('o4')
    await look(other, all)
    t.equal((await decide(other, 'copy')).status, 200, 'a copy of the copy')
    const second = await look(other, all)
    t.equal(second.refused, null, 'is asked once for all that it carries')
    t.notOk([own.netbox, kept.netbox].includes(second.netbox))
  }
)

t.test('a copy that is made once more begins anew, for all its Endpoints', async (t) => {
  const [original, copy, twin] = [await netbox('m1'), await netbox('m2'), await netbox('m3')]
  const own = await look(original, [])
  await look(copy, [own.tag])
  await decide(copy, 'copy')
  const first = await look(copy, [own.tag])
  t.equal((await look(copy, [own.tag])).netbox, first.netbox, 'its tag is yet to come')
  await look(twin, [own.tag, first.tag])
  await decide(twin, 'same')
  await look(copy, [own.tag, first.tag])
  t.equal((await look(copy, null)).netbox, first.netbox, 'nobody has looked')
  t.equal((await look(copy, ['production'])).netbox, first.netbox, 'emptied, not copied')
  const anew = await look(copy, [own.tag])
  t.equal(anew.refused, null)
  t.not(anew.netbox, first.netbox, 'what its Ledger knew was other content')
  t.equal((await look(copy, [own.tag])).netbox, anew.netbox, 'once')
  t.equal((await look(twin, null)).netbox, anew.netbox)
  t.match(await look(original, [own.tag]), { netbox: own.netbox, refused: null })
})

t.test('the same server no more: an Endpoint that moves is asked again', async (t) => {
  const [stays, moves] = [await netbox('a1'), await netbox('a2')]
  const own = await look(stays, [])
  await look(moves, [own.tag])
  await decide(moves, 'same')
  const change = (id: number, body: object) =>
    stack.gateway.ask('updateNetBoxEndpoint', { params: { id }, body })
  await change(moves, { name: 'a2 renamed' })
  t.equal((await look(moves, null)).netbox, own.netbox, 'a name is no address')
  await change(moves, { domain: 'third.example.org' })
  const parted = await look(moves, [])
  t.match(parted, { refused: null })
  t.not(parted.netbox, own.netbox, 'another server must not share the Ledger')
  t.match(await look(moves, [own.tag]), { refused: /NetBox Endpoint a1 already/ })
  await change(stays, { domain: 'fourth.example.org' })
  t.equal((await look(stays, null)).netbox, own.netbox, 'alone, it takes its Ledger along')
})

t.test('a NetBox whose Endpoint was removed finds its Ledger with the next one', async (t) => {
  const remove = (id: number) => stack.gateway.call('deleteNetBoxEndpoint', { params: { id } })
  const first = await netbox('r1')
  const own = await look(first, [])
  await look(first, [own.tag])
  await remove(first)

  const second = await netbox('r2')
  t.not((await look(second, null)).netbox, own.netbox, 'nobody has looked there yet')
  t.match(await look(second, [own.tag, 'production']), { ...own, refused: null })
  t.match(await look(second, null), { netbox: own.netbox }, 'it stays so')
  const third = await netbox('r3')
  const late = await look(third, [own.tag])
  t.match(late, { refused: /r2 already keeps it/ }, 'one more row is asked as always')
  await decide(third, 'copy')
  t.match(await look(third, [own.tag]), { netbox: late.netbox, refused: null }, 'a copy')
  await remove(third)
  await remove(second)

  const both = [own.tag, late.tag]
  const fourth = await netbox('r4')
  const unsure = await look(fourth, both)
  t.notOk([own.netbox, late.netbox].includes(unsure.netbox), 'which of two it is, nobody knows')
  t.match(await look(fourth, [unsure.tag, ...both]), { netbox: unsure.netbox, refused: null })
  t.match(await look(fourth, [own.tag]), { netbox: unsure.netbox }, 'it has a Ledger of its own')

  const fifth = await netbox('r5')
  t.match(await look(fifth, [own.tag, stranger]), { refused: /another installation/ })
  t.equal((await decide(fifth, 'take-over')).status, 200)
  t.match(await look(fifth, [own.tag, stranger]), { netbox: own.netbox, refused: null })
})

t.test("another installation's NetBox: only by an explicit take-over", async (t) => {
  const id = await netbox('taken')
  const own = await look(id, [stranger])
  t.match(own, { refused: /another installation/, remedy: `take-over ${id} --as take-over"` })
  t.match(await decide(id, 'same'), {
    status: 409,
    body: { code: 'CONFLICT', detail: /copy or take-over/ }
  })
  t.equal((await decide(id, 'take-over')).status, 200)
  t.match(await look(id, [stranger]), { netbox: own.netbox, refused: null, remedy: '' })
  t.match(await look(id, [stranger, own.tag]), { refused: null })
  t.match(await look(id, [stranger]), { netbox: own.netbox }, 'a tag removed by hand is made again')
  t.match(await look(id, [stranger, 'proxbox-id-ithird123-babcdefgh']), { refused: /ithird123/ })
  t.match(await decide(id, 'yes'), { status: 400, body: { decision: [/same, copy, take-over/] } })
  t.match(await decide(9999, 'same'), { status: 404, body: { code: 'NOT_FOUND' } })
  t.match(await decide(await netbox('unseen'), 'copy'), { status: 409 }, 'nothing was refused')
})

t.test('decisions: one Rule for a conflict, the later one counts', async (t) => {
  const store = (over: object) =>
    stack.inventory.ask<Record<string, unknown>>('storeDecision', {
      body: {
        netbox: 'b1234567',
        key: 'vm/c1/100',
        field: 'name',
        code: 'both-changed',
        decision: 'netbox',
        user: 'ada',
        ...over
      }
    })
  const read = async (of: string) =>
    (await stack.collector.ask<{ results: object[] }>('readDecisions', { query: { netbox: of } }))
      .results
  const first = await store({})
  t.match(first, { field: 'name', decision: 'netbox', user: 'ada', created: /^20/ })
  const whole = await store({ field: null, code: 'ambiguous', decision: 'adopt:vm/17' })
  t.equal(whole.field, null)
  await store({ netbox: 'bother111' })
  const later = await store({ decision: 'proxmox', user: 'bob' })
  t.equal(later.id, first.id)
  t.match(await read('b1234567'), [
    { id: first.id, decision: 'proxmox', user: 'bob' },
    { id: whole.id, field: null, code: 'ambiguous' }
  ])
  t.equal((await read('b1234567')).length, 2)
  t.equal((await read('bother111')).length, 1)
  t.same(await read('bnothing1'), [])
  const unknown = stack.inventory.call('storeDecision', {
    body: { netbox: 'b', key: 'k', field: null }
  })
  t.equal((await unknown).status, 400)
  await t.rejects(
    stack.gateway.call('readDecisions', { query: { netbox: 'b1234567' }, timeoutMs: 500 }),
    'internal'
  )
})
