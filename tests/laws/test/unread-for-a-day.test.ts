import {
  type Fault,
  guestOf,
  nodeOf,
  setAgent,
  setConfig,
  setNodeOnline,
  setPower,
  type World
} from '@proxbox/simulator/proxmox'
import t from 'tap'
import { openLab } from '../src/fault-matrix/lab.ts'
import { smallWorld } from '../src/fault-matrix/small-world.ts'

interface Trouble {
  readonly what: string
  readonly change?: (world: World) => void
  readonly faults?: readonly Fault[]
  /** Known to be so: the Ledger may count the time. */
  readonly isKnown?: boolean
}

const each = (change: (world: World, vmid: number) => void) => (world: World) => {
  for (const { vmid } of world.guests) change(world, vmid)
}
const agents = (behaviour: 'silent' | 'empty' | 'error-in-200' | 'nonsense') =>
  each((world, vmid) => {
    if (guestOf(world, vmid).type === 'qemu') setAgent(world, vmid, behaviour)
  })

const troubles: readonly Trouble[] = [
  {
    what: 'the list of guests is empty, and every node agrees',
    change: (world) => {
      world.guests = []
    }
  },
  {
    what: 'the list of resources is empty',
    faults: [{ kind: 'empty-list', on: '/cluster/resources' }]
  },
  { what: 'a node is off', change: (world) => setNodeOnline(world, 'pve2', false) },
  { what: 'a node died just now', change: (world) => setNodeOnline(world, 'pve2', false, true) },
  {
    what: 'no node sends statistics',
    change: (world) => {
      for (const { name } of world.nodes) Object.assign(nodeOf(world, name), { statsFresh: false })
    }
  },
  {
    what: 'there is no quorum and half the guests are not told',
    change: (world) => {
      world.quorate = false
      world.guests = world.guests.filter(({ vmid }) => vmid % 2 === 0)
    }
  },
  { what: 'all agents are silent', change: agents('silent') },
  { what: 'all agents name no interface', change: agents('empty') },
  { what: 'all agents refuse', change: agents('error-in-200') },
  { what: 'all agents talk nonsense', change: agents('nonsense') },
  {
    what: 'all agents answer with empty address lists',
    change: each((world, vmid) => {
      for (const one of guestOf(world, vmid).interfaces) one.addresses = []
    }),
    isKnown: true
  },
  {
    what: 'all agents know only their loopback',
    change: each((world, vmid) => {
      const guest = guestOf(world, vmid)
      guest.interfaces = guest.interfaces.filter(({ name }) => name === 'lo')
    })
  },
  {
    what: 'all guests are in a backup',
    change: each((world, vmid) => setConfig(world, vmid, 'lock', 'backup'))
  },
  {
    what: 'all guests are off',
    change: each((world, vmid) => setPower(world, vmid, 'stopped'))
  },
  {
    what: 'the network of each node is staged to be empty',
    change: (world) => {
      for (const { name } of world.nodes) {
        const node = nodeOf(world, name)
        node.networkChanges = '- iface'
        node.network = node.network.filter(({ type }) => type === 'eth')
      }
    }
  },
  {
    what: 'the token ran out',
    change: (world) => {
      world.tokens = world.tokens.map((token) => ({ ...token, expire: 1 }))
    }
  },
  {
    what: 'a guest is restored over itself',
    change: (world) => {
      const guest = guestOf(world, 100)
      guest.config = { lock: 'create', memory: 128, digest: 'x' }
    }
  }
]

for (const { what, change = () => {}, faults = [], isKnown = false } of troubles) {
  t.test(`${what}, for a day`, async (t) => {
    const lab = await openLab(smallWorld('8.4'))
    const inventory = lab.session.inventory.ledger
    const held = inventory.size
    const troubled = structuredClone(lab.world)
    change(troubled)
    for (let hours = 0; hours <= 24; hours += 6) {
      const estate = await lab.read(troubled, ...faults)
      const { plan, harms } = await lab.plan(estate)
      const texts = harms
        .map(({ text }) => text)
        .filter((text) => !isKnown || !text.endsWith('counted as missing'))
      t.strictSame(texts, [], `after ${hours} hours nothing is taken away`)
      const made = plan.changes.filter(({ action }) => action === 'create').map(({ key }) => key)
      t.strictSame(made, [], 'and nothing is made twice')
      await lab.session.apply(plan)
      lab.session.pass(0.25)
    }
    t.equal(inventory.size, held, 'all that was known is known')
    const { plan, harms } = await lab.plan(await lab.read(lab.world))
    t.strictSame(harms, [], 'and when all is well again')
    const status = plan.changes.filter(({ after }) => Object.keys(after).join() !== 'status')
    t.strictSame(status, [], 'no more than a state is written')
    await lab.session.apply(plan)
    const settled = await lab.plan(await lab.read(lab.world))
    t.strictSame(settled.plan.changes, [])
  })
}
