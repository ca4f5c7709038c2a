import { gapsOf } from '@proxbox/contracts'
import { setPrivileges, type Version, type World } from '@proxbox/simulator/proxmox'
import t from 'tap'
import { kindsIn, type Lab, openLab } from '../src/fault-matrix/lab.ts'
import { smallWorld } from '../src/fault-matrix/small-world.ts'

const token = 'root@pam!proxbox'
const heldBy = (world: World): string[] => world.tokens[0]?.rules[0]?.privileges ?? []

/** What is missed by no call of ours. */
const unused = new Set(['Pool.Audit', 'Mapping.Audit'])

async function takesNothing(t: Tap, lab: Lab, rules: Record<string, string[]>, isTold: boolean) {
  setPrivileges(lab.world, token, rules)
  const estate = await lab.read(lab.world)
  setPrivileges(lab.world, token, { '/': heldBy(smallWorld(lab.world.version)) })
  const gaps = gapsOf(estate)
  t.equal(gaps.length > 0, isTold, isTold ? 'a gap tells of it' : 'nothing of ours is hidden')
  if (isTold)
    t.match(JSON.stringify(gaps), 'pveum acl modify', 'with the command that gives it back')
  for (const days of [0, 1, 30]) {
    const { plan, harms } = await lab.plan(estate, days)
    for (const kind of kindsIn(lab)) {
      const own = harms.filter((harm) => harm.kind === kind).map(({ text }) => text)
      t.strictSame(own, [], `after ${days} days no ${kind} is deleted, blanked, stale or unlinked`)
    }
    const made = plan.changes.filter(({ action }) => action === 'create').map(({ key }) => key)
    t.strictSame(made, [], 'no duplicates')
  }
  return estate
}
type Tap = Pick<typeof t, 'equal' | 'match' | 'strictSame'>

for (const version of ['7.4', '8.4', '9.2'] satisfies Version[]) {
  const lab = await openLab(smallWorld(version))
  const held = heldBy(lab.world)
  for (const privilege of held) {
    t.test(`${version}: ${privilege} is taken away`, async (t) => {
      const left = held.filter((name) => name !== privilege)
      // Releases before 8 filter no bridges.
      const isUsed = !unused.has(privilege) && !(version === '7.4' && privilege === 'SDN.Audit')
      await takesNothing(t, lab, { '/': left }, isUsed)
    })
  }
  t.test(`${version}: nothing at all is held`, async (t) => {
    await takesNothing(t, lab, { '/': [] }, true)
  })
  t.test(
    `${version}: one guest is hidden by NoAccess, by an empty role, by a lesser one`,
    async (t) => {
      for (const role of [['NoAccess'], [], ['VM.Console']]) {
        const estate = await takesNothing(t, lab, { '/': held, '/vms/101': role }, true)
        t.strictSame(estate.clusters[0]?.guestListWhole, false)
        t.notOk(estate.clusters[0]?.guests.some(({ vmid }) => vmid === 101))
      }
    }
  )
  t.test(`${version}: all guests are hidden by NoAccess`, async (t) => {
    const estate = await takesNothing(t, lab, { '/': held, '/vms': ['NoAccess'] }, true)
    t.match(estate.clusters, [{ guestListWhole: false, guests: [] }])
  })
  t.test(`${version}: only the guests of a pool are seen`, async (t) => {
    const rules = { '/': held.filter((name) => !name.startsWith('VM.')), '/pool/production': held }
    const estate = await takesNothing(t, lab, rules, true)
    t.match(estate.clusters, [{ guestListWhole: false }])
    t.equal(estate.clusters[0]?.guests.length, 6)
  })
  t.test(`${version}: one node, one storage is hidden`, async (t) => {
    await takesNothing(t, lab, { '/': held, '/nodes/pve2': ['NoAccess'] }, true)
    await takesNothing(t, lab, { '/': held, '/storage/local-lvm': ['NoAccess'] }, true)
  })
}
