import t from 'tap'
import { changeOf, key, planFor, runOn } from './planned.ts'
import { estate, guest, World } from './world.ts'

const seen = estate([guest(100)])

const connected = (linkBase: string | null) => {
  const { connections } = new World().options()
  return {
    connections: Object.fromEntries(
      Object.entries(connections).map(([id, one]) => [id, { ...one, linkBase }])
    )
  }
}

t.test('a link is an absolute address, whatever it begins with', async (t) => {
  for (const [base, start] of [
    ['https://pve.example.org:8006/', 'https://pve.example.org:8006'],
    ['http://pve.example.org', 'http://pve.example.org'],
    ['pve.example.org:8006', 'https://pve.example.org:8006'],
    ['//pve.example.org/a/', 'https://pve.example.org/a'],
    [' [2001:db8::5]:8006 ', 'https://[2001:db8::5]:8006']
  ] as const) {
    const { after } = changeOf(planFor(new World(), seen, connected(base)), key) ?? {}
    t.equal(after?.['cf.proxmox_link'], `${start}/#v1:0:=qemu%2F100`, base)
  }
  for (const base of [null, '', ' / ']) {
    const { changes } = planFor(new World(), seen, connected(base))
    t.notOk(
      changes.some(({ after }) => 'cf.proxmox_link' in after),
      JSON.stringify(base)
    )
  }
})

t.test(
  'a scheme that NetBox put before a text of ours is no change; one of a link is',
  async (t) => {
    const world = new World()
    const link = connected('https://pve.example.org')
    runOn(world, seen, 0, link)
    world.edit(key, { 'cf.proxmox_node': 'https://pve1' })
    t.same(planFor(world, seen, link).changes, [])
    world.edit(key, { 'cf.proxmox_node': 'https://pve9' })
    t.same(changeOf(planFor(world, seen, link), key)?.after, { 'cf.proxmox_node': 'pve1' })
    world.edit(key, {
      'cf.proxmox_node': 'pve1',
      'cf.proxmox_link': 'pve.example.org/#v1:0:=qemu%2F100'
    })
    t.same(Object.keys(changeOf(planFor(world, seen, link), key)?.after ?? {}), ['cf.proxmox_link'])
  }
)
