import { isRef } from '@proxbox/contracts'
import { guestOf, setConfig } from '@proxbox/simulator/proxmox'
import type { StoredRun } from '../inventory.ts'
import { Fixture } from './fixture.ts'
import type { Lab } from './lab.ts'
import { macOf, vmKey } from './proxmox-lab.ts'
import { must, mustEqual, type Scenario } from './scenario.ts'

/** NetBox refuses all new objects of this model, until the function says otherwise, or says so again. */
async function refusing(
  made: Fixture,
  model: string
): Promise<(required: boolean) => Promise<void>> {
  const field = await made.call('extras/custom-fields/', {
    name: 'owner',
    type: 'text',
    required: true,
    object_types: [model]
  })
  return async (required) => {
    await made.lab.netbox.call('PATCH', `extras/custom-fields/${field}/`, { required })
  }
}

/** Nothing waits for what was refused: of these objects only these fields are left out, and all else is done. */
function mustLack(run: StoredRun, wanted: Readonly<Record<string, readonly string[]>>): void {
  const left = [...run.applied.values()]
    .filter(({ state }) => state === 'skipped')
    .sort((a, b) => (a.change.key < b.change.key ? -1 : 1))
  mustEqual(
    Object.fromEntries(
      left.map(({ change, written }) => [
        change.key,
        Object.keys(change.after)
          .filter((field) => written?.includes(field) !== true)
          .sort()
      ])
    ),
    wanted,
    'what is left out'
  )
}

/** The next Run asks for nothing that this one has not written. */
async function mustBeSettled({ session, proxmox, netbox }: Lab): Promise<void> {
  const before = netbox.writes()
  const { changes } = await session.sync(await proxmox.seen())
  mustEqual([changes.map(({ key }) => key), netbox.writes() - before], [[], 0], 'asked for again')
}

const platforms: Scenario = {
  name: 'a guest whose new platform is refused is written without it, and gets it later',
  holds: async (bench) => {
    const made = await Fixture.open(bench)
    const { lab } = made
    const { session, proxmox } = lab
    const refuse = await refusing(made, 'dcim.platform')
    const first = await session.apply(await lab.plan())
    mustLack(first, { [vmKey(100)]: ['platform'], [vmKey(101)]: ['platform'] })
    for (const [kind, count] of [
      ['vm', 2],
      ['vm-interface', 2],
      ['mac-address', 2],
      ['ip-address', 2]
    ] as const)
      must((await lab.all(kind)).length >= count, `all of kind ${kind} are there at once`)
    const { platform, primary_ip4: primary } = await lab.stored(vmKey(100))
    mustEqual([platform ?? null, isRef(primary ?? null)], [null, true], 'platform and address')
    await mustBeSettled(lab)
    await refuse(false)
    session.pass(1)
    await made.settle()
    const old = (await lab.stored(vmKey(100))).platform
    must(isRef(old ?? null), 'the platform follows')

    // The same of one that is there: what else has changed is written, what refers to it alone is not.
    for (const vmid of [100, 101])
      Object.assign(guestOf(proxmox.world, vmid).osInfo, { id: 'plan9', versionId: '4' })
    setConfig(proxmox.world, 100, 'cores', '7')
    await refuse(true)
    const second = await session.apply(await lab.plan())
    mustLack(second, { [vmKey(100)]: ['platform'], [vmKey(101)]: ['platform'] })
    const now = await lab.stored(vmKey(100))
    mustEqual([now.vcpus, now.platform], [7, old], 'the cores, and the platform as it was')
    await mustBeSettled(lab)
  }
}

const vlans: Scenario = {
  name: 'a NIC whose new VLANs are refused is written without VLANs and mode, and gets them later',
  holds: async (bench) => {
    const made = await Fixture.open(bench)
    const { lab } = made
    const nic = `${vmKey(100)}/net0`
    const plug = (more: string) =>
      setConfig(
        lab.proxmox.world,
        100,
        'net0',
        `virtio=${macOf({ vmid: 100 })},bridge=vmbr0${more}`
      )
    const modeOf = async () => {
      const { mode, untagged_vlan: untagged, tagged_vlans: tagged } = await lab.stored(nic)
      return [mode || '', isRef(untagged ?? null), [tagged ?? []].flat().length]
    }
    plug(',tag=20')
    await made.settle()
    mustEqual(await modeOf(), ['access', true, 0], 'at first')
    const refuse = await refusing(made, 'ipam.vlan')
    plug(',tag=20,trunks=30;40,link_down=1')
    const run = await lab.session.apply(await lab.plan())
    mustLack(run, { [nic]: ['mode', 'tagged_vlans'] })
    mustEqual(await modeOf(), ['access', true, 0], 'half a trunk is none')
    mustEqual((await lab.stored(nic)).enabled, false, 'what else has changed')
    await mustBeSettled(lab)
    await refuse(false)
    lab.session.pass(1)
    await made.settle()
    mustEqual(await modeOf(), ['tagged', true, 2], 'once it is mended')
  }
}

export const refusedParts: readonly Scenario[] = [platforms, vlans]
