import t from 'tap'
import { changeOf, codes, key, planFor } from './planned.ts'
import { estate, guest, World } from './world.ts'

const address = `ip:${key}/net0/10.0.100.10`
type Prefix = readonly [prefix: string, vrf: string | null, scope: string]

/** In which VRF the address of guest 100 is made; undefined: it is left out. */
function vrfAmong(prefixes: readonly Prefix[]) {
  const world = new World()
  const room = world.add('location', { name: 'room', slug: 'room', site: { ref: 'netbox:site/1' } })
  for (const [prefix, vrf, scope] of prefixes) {
    const ref = scope === 'room' ? room.key : `netbox:${scope}`
    world.add('prefix', {
      ...{ prefix, vrf: vrf === null ? null : { ref: `netbox:vrf/${vrf}` }, scope: { ref } }
    })
  }
  const plan = planFor(world, estate([guest(100)]))
  const made = changeOf(plan, address)
  return { vrf: made === undefined ? undefined : (made.after.vrf ?? null), codes: codes(plan) }
}

t.test('an address lies in the VRF of the longest prefix of its site', async (t) => {
  const wide: Prefix = ['10.0.0.0/8', '1', 'site/1']
  const cases: Record<string, [Prefix[], unknown]> = {
    'none: global': [[], null],
    'of another site': [[['10.0.0.0/8', '1', 'site/2']], null],
    'the longest': [[wide, ['10.0.100.0/24', '2', 'site/1']], { ref: 'netbox:vrf/2' }],
    'the longest is global': [[wide, ['10.0.100.0/24', null, 'site/1']], null],
    'of a location of the site': [[wide, ['10.0.100.0/24', '3', 'room']], { ref: 'netbox:vrf/3' }],
    'of what does not hold it': [[wide, ['10.0.101.0/24', '2', 'site/1']], { ref: 'netbox:vrf/1' }]
  }
  for (const [what, [prefixes, vrf]] of Object.entries(cases))
    t.same(vrfAmong(prefixes).vrf, vrf, what)
})

t.test('equal prefixes in several VRFs leave the address out, and say so', async (t) => {
  const two = vrfAmong([
    ['10.0.100.0/24', '1', 'site/1'],
    ['10.0.100.0/24', '2', 'room']
  ])
  t.equal(two.vrf, undefined)
  t.ok(two.codes.includes('ITEM_AMBIGUOUS'))
})
