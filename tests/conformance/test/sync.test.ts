import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Run } from '@proxbox/contracts'
import { createNetBox, openNetBoxServer } from '@proxbox/simulator/netbox'
import {
  createWorld,
  openProxmoxServer,
  removeGuest,
  renameGuest,
  setConfig
} from '@proxbox/simulator/proxmox'
import { type InProcessStack, startInProcess } from '@proxbox/test-journey'
import t, { type Test } from 'tap'
import { readConfig } from '../src/config.ts'
import { openFakePve } from '../src/fake-pve/open-fake-pve.ts'
import { openOtherSubscriber } from '../src/other-client/subscribe.ts'
import { openRealNetBox } from '../src/real-netbox/open-real-netbox.ts'

const config = readConfig()
const skip = config.wantsReal ? false : 'needs PROXBOX_CONFORMANCE=real'

interface Target {
  readonly url: string
  readonly token: string
  reset(): Promise<void>
}

/** Every count of objects that a NetBox holds, and how many changes it has logged. */
const tables = [
  'extras/tags',
  'extras/custom-fields',
  'dcim/sites',
  'dcim/manufacturers',
  'dcim/device-types',
  'dcim/device-roles',
  'virtualization/cluster-types',
  'virtualization/virtual-machine-types',
  'virtualization/clusters',
  'dcim/devices',
  'dcim/interfaces',
  'virtualization/virtual-machines',
  'virtualization/interfaces',
  'dcim/mac-addresses',
  'virtualization/virtual-disks',
  'ipam/ip-addresses'
]

async function read<T>(target: Target, path: string): Promise<T> {
  const reply = await fetch(`${target.url}/api/${path}`, {
    headers: { authorization: `Bearer ${target.token}` },
    signal: AbortSignal.timeout(60_000)
  })
  if (!reply.ok) throw new Error(`${path}: ${reply.status} ${await reply.text()}`)
  return (await reply.json()) as T // NetBox's envelope
}
const countOf = async (target: Target, table: string) =>
  (await read<{ count: number }>(target, `${table}/?limit=1&brief=true`)).count
const countsOf = async (target: Target) => {
  const counts: [string, number][] = []
  for (const table of tables) counts.push([table, await countOf(target, table)])
  return Object.fromEntries(counts)
}
const changesOf = (target: Target) => countOf(target, 'core/object-changes')

/** Virtual machines as a person sees them, without ids and times. */
async function machinesOf(target: Target) {
  const { results } = await read<{ results: Machine[] }>(
    target,
    'virtualization/virtual-machines/?limit=1000'
  )
  return results
    .map((vm) => ({
      name: vm.name,
      status: vm.status.value,
      vcpus: vm.vcpus,
      memory: vm.memory,
      disk: vm.disk,
      cluster: vm.cluster?.name,
      device: vm.device?.name,
      role: vm.role?.name,
      ip: vm.primary_ip4?.address,
      tags: vm.tags
        .map((tag) => tag.slug)
        .filter((slug) => !slug.startsWith('proxbox-id'))
        .sort(),
      vmid: vm.custom_fields.proxmox_vm_id
    }))
    .sort((a, b) => a.name.localeCompare(b.name))
}
interface Machine {
  name: string
  status: { value: string }
  vcpus: number | null
  memory: number | null
  disk: number | null
  cluster: { name: string } | null
  device: { name: string } | null
  role: { name: string } | null
  primary_ip4: { address: string } | null
  tags: { slug: string }[]
  custom_fields: Record<string, unknown>
}

/** Storages are the inventory's own: the second Run finds what the first has recorded. */
const inNetBox = ({ counts: { storage: _storages, ...counts } }: Run) => counts

const apiOf =
  (stack: InProcessStack) =>
  async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const reply = await fetch(`${stack.url}/api/plugins/proxbox/${path}`, {
      method,
      headers: { authorization: `Token ${stack.adminToken}`, 'content-type': 'application/json' },
      body: body === undefined ? null : JSON.stringify(body),
      signal: AbortSignal.timeout(60_000)
    })
    const text = await reply.text()
    if (!reply.ok) throw new Error(`${method} ${path}: ${reply.status} ${text}`)
    return JSON.parse(text) as T // the API's own schema
  }

async function syncOnce(stack: InProcessStack, netboxId: number): Promise<Run> {
  const api = apiOf(stack)
  const run = await api<Run>('POST', 'sync/full-update/', { netbox_endpoint_ids: [netboxId] })
  const feed = await fetch(`${stack.url}/api/plugins/proxbox/runs/${run.id}/events/`, {
    headers: { authorization: `Token ${stack.adminToken}` },
    signal: AbortSignal.timeout(400_000)
  })
  await feed.text()
  return await api<Run>('GET', `runs/${run.id}/`)
}

const addNetBox = async (stack: InProcessStack, name: string, target: Target) =>
  (
    await apiOf(stack)<{ id: number }>('POST', 'netbox-endpoints/', {
      name,
      domain: '127.0.0.1',
      port: Number(new URL(target.url).port),
      use_https: false,
      token: target.token,
      write_mode: 'budget',
      create_default_site: true
    })
  ).id

const openReal = async (): Promise<Target & { stop(): Promise<void> }> => {
  if (config.netbox !== undefined)
    return { ...config.netbox, reset: async () => undefined, stop: async () => undefined }
  const options = {
    home: config.netboxHome,
    version: config.netboxVersion,
    dump: config.netboxDump,
    python: config.python,
    userHome: config.userHome,
    log: (line: string) => t.comment(line)
  }
  const netbox = await openRealNetBox(options, AbortSignal.timeout(1_200_000))
  await netbox.reset()
  return netbox
}

t.test(
  'a simulated cluster of three nodes: the real NetBox ends as the simulated one',
  { skip },
  async (t) => {
    const real = await openReal()
    t.teardown(() => real.stop())
    const world = createWorld({ guests: 40, nodes: 3, seed: 11 })
    const pve = await openProxmoxServer({ world, seed: 5 })
    t.teardown(() => pve.close())
    const simulated = await openNetBoxServer({ state: createNetBox() })
    t.teardown(() => simulated.close())
    const stack = await startInProcess()
    t.teardown(() => stack.stop())
    await apiOf(stack)('POST', 'proxmox-endpoints/', {
      name: 'lab',
      domain: '127.0.0.1',
      port: pve.port,
      username: pve.username,
      token_name: pve.tokenName,
      token_value: pve.tokenValue,
      ca_certificate: pve.caCertificate
    })
    const targets = [
      real,
      { url: simulated.url, token: simulated.token, reset: async () => undefined }
    ] as const
    const ids = [
      await addNetBox(stack, 'real', targets[0]),
      await addNetBox(stack, 'simulated', targets[1])
    ] as const

    const compare = async (t: Test, message: string) => {
      const runs = [await syncOnce(stack, ids[0]), await syncOnce(stack, ids[1])] as const
      t.same(inNetBox(runs[0]), inNetBox(runs[1]), `${message}: the same counts`)
      t.equal(runs[0].state.value, runs[1].state.value, `${message}: the same state`)
      t.same(
        await countsOf(targets[0]),
        await countsOf(targets[1]),
        `${message}: as many objects of every kind`
      )
      t.same(
        await machinesOf(targets[0]),
        await machinesOf(targets[1]),
        `${message}: the same virtual machines`
      )
      return runs
    }
    const [first] = await compare(t, 'first run')
    t.ok((first.counts.vm?.created ?? 0) > 30)
    const logged = await changesOf(real)
    const [second] = await compare(t, 'second run')
    t.equal(
      await changesOf(real),
      logged,
      'the second run wrote nothing: no changelog row appeared'
    )
    t.equal(
      Object.values(second.counts).reduce(
        (sum, one) => sum + one.created + one.updated + one.deleted,
        0
      ),
      0
    )

    const [one, two, three] = world.guests.filter(
      (guest) => guest.type === 'qemu' && guest.config.template !== 1
    )
    if (one === undefined || two === undefined || three === undefined)
      throw new Error('the world has no guests')
    renameGuest(world, one.vmid, 'renamed-here')
    setConfig(world, two.vmid, 'cores', 7)
    removeGuest(world, three.vmid)
    await compare(t, 'after changes in Proxmox')
    const before = await changesOf(real)
    await compare(t, 'again')
    t.equal(await changesOf(real), before, 'and then nothing again')
  }
)

t.test(
  'fakepve, a Proxmox by another hand, into the real NetBox; seen by a subscriber in another language',
  { skip },
  async (t) => {
    const real = await openReal()
    t.teardown(() => real.stop())
    const pve = await openFakePve(
      { home: config.fakePveHome, python: config.python, userHome: config.userHome },
      AbortSignal.timeout(600_000)
    )
    t.teardown(() => pve.stop())
    const stack = await startInProcess()
    t.teardown(() => stack.stop())
    const folder = await mkdtemp(join(tmpdir(), 'proxbox-seed-'))
    t.teardown(() => rm(folder, { recursive: true, force: true }))
    const seedFile = join(folder, 'integration.seed')
    await writeFile(seedFile, stack.nkeySeeds.integration, { mode: 0o600 })
    const other = await openOtherSubscriber(
      {
        home: `${config.fakePveHome}-nats-py`,
        userHome: config.userHome,
        python: config.python,
        natsUrl: stack.natsUrl,
        seedFile
      },
      AbortSignal.timeout(300_000)
    )
    t.teardown(() => other.stop())
    await apiOf(stack)('POST', 'proxmox-endpoints/', {
      name: 'fake',
      domain: '127.0.0.1',
      port: pve.port,
      username: pve.username,
      password: pve.password,
      fingerprint_sha256: pve.fingerprintSha256
    })
    const netboxId = await addNetBox(stack, 'real', real)
    const run = await syncOnce(stack, netboxId)
    t.equal(run.state.value, 'succeeded')
    t.match(run.counts, { vm: { created: 100 }, device: { created: 3 } })
    const machines = await machinesOf(real)
    t.equal(machines.length, 100)
    t.ok(machines.every((vm) => typeof vm.vmid === 'number' && vm.device !== undefined))

    const stored = await apiOf(stack)<{ count: number; results: Record<string, unknown>[] }>(
      'GET',
      `runs/${run.id}/frames/?limit=1000`
    )
    const heard = await other.messages
    t.same(
      heard.map(({ event, data }) => ({ event, ...data })),
      stored.results,
      'it heard the same Frames'
    )

    const logged = await changesOf(real)
    const again = await syncOnce(stack, netboxId)
    t.equal(again.state.value, 'succeeded')
    t.equal(await changesOf(real), logged, 'the second run wrote nothing')
  }
)
