import { fileURLToPath } from 'node:url'
import type { Adoption, Outcome } from '@proxbox/contracts'
import { migrate, openDatabase } from '@proxbox/database'
import { openTestPostgres } from '@proxbox/embedded'
import { recordOutcomes } from '../src/changes/outcomes.ts'
import { recordIntents } from '../src/ledger/intents.ts'
import { readLedger, recordAdoptions } from '../src/ledger/ledger.ts'

/** Ledger read and write of 10,000 guests (70,000 rows), in the pages of the collector: `node bench/ledger.ts`. Exit code 1 when over budget. */
const guests = 10_000
const pageRows = 500
const pageRead = 5000
const budgetSeconds = 5

type Kind = Adoption['kind']
const partsOf = (n: number): [string, Kind][] => {
  const vm = `vm:c1a2b3c4d/qemu/${n}`
  const mac = `BC:24:11:${n.toString(16).padStart(6, '0').toUpperCase()}`
  return [
    [vm, 'vm'],
    [`${vm}/net0`, 'vm-interface'],
    [`${vm}/scsi0`, 'disk'],
    [`${vm}/scsi1`, 'disk'],
    [`mac:${vm}/net0/${mac}`, 'mac-address'],
    [`ip:${vm}/net0/10.${n >> 8}.${n & 255}.1`, 'ip-address'],
    [`ip:${vm}/net0/2001:db8::${n.toString(16)}`, 'ip-address']
  ]
}
const valuesOf = (key: string, kind: Kind) =>
  kind === 'vm'
    ? {
        name: `guest of ${key}`,
        status: 'active',
        cluster: { ref: 'cluster:c1a2b3c4d' },
        vcpus: 4,
        memory: 8192,
        comments: 'a note of some length that a person has written in Proxmox',
        tags: [{ ref: 'tag:proxbox' }, { ref: 'tag:web' }],
        'cf.proxmox_vm_id': 100,
        'cf.proxmox_node': 'node-1',
        'cf.proxmox_link': 'https://proxmox.example.com:8006/#v1:0:=qemu%2F100'
      }
    : { name: key, virtual_machine: { ref: key }, description: 'local-lvm:vm-100-disk-0' }

const adoptions = Array.from({ length: guests }, (_, n) => partsOf(n + 100))
  .flat()
  .map(
    ([key, kind], n): Adoption => ({
      key,
      kind,
      netbox_id: n + 1,
      origin: 'created',
      evidence_of_match: 'ledger',
      values: valuesOf(key, kind),
      evidence: kind === 'vm' ? { uuid: `0d5b7f2a-0000-4000-8000-${n}`, ctime: '1700000000' } : {},
      label: key,
      sources: { name: 'config.name' },
      drifts: {},
      kept: {}
    })
  )

const why = { policy: 'source', reason: 'Proxmox says so', source: 'config.name' } as const
const outcomes = adoptions.map(
  ({ key, kind, netbox_id, values, evidence, label }): Outcome => ({
    change: {
      key,
      kind,
      action: 'create',
      netbox_id: null,
      before: {},
      after: values,
      why: Object.fromEntries(Object.keys(values).map((name) => [name, why])),
      label,
      origin: 'created',
      evidence
    },
    state: 'done',
    netbox_id,
    detail: ''
  })
)

const pagesOf = <T>(rows: readonly T[]): T[][] =>
  Array.from({ length: Math.ceil(rows.length / pageRows) }, (_, n) =>
    rows.slice(n * pageRows, (n + 1) * pageRows)
  )
const print = (text: string) => process.stdout.write(`${text}\n`)
const timed = async (name: string, work: () => Promise<void>): Promise<number> => {
  const start = performance.now()
  await work()
  const seconds = (performance.now() - start) / 1000
  print(`${name.padEnd(44)} ${seconds.toFixed(2)} s`)
  return seconds
}

const postgres = await openTestPostgres()
const database = await openDatabase({
  url: postgres.url,
  applicationName: 'bench',
  schema: 'inventory'
})
try {
  const folder = fileURLToPath(new URL('../src/db/migrations', import.meta.url))
  await migrate(database, { folder, name: 'inventory' })
  const writer = { netbox: 'b1', run_id: 'run-1', attempt: 1 }
  const adopt = async () => {
    for (const page of pagesOf(adoptions))
      await recordAdoptions(database, { ...writer, adoptions: page })
  }
  const read = async () => {
    let rows = 0
    for (let after: string | null | undefined; after !== null; ) {
      const query = { netbox: 'b1', limit: pageRead, ...(after === undefined ? {} : { after }) }
      const page: Awaited<ReturnType<typeof readLedger>> = await readLedger(database, query)
      rows += page.results.length
      after = page.next
    }
    if (rows !== adoptions.length) throw new Error(`${rows} rows came back`)
  }
  print(`${adoptions.length} rows, written in pages of ${pageRows}, read in pages of ${pageRead}`)
  const written = await timed('write, all of them new', adopt)
  const once = await timed('read', read)
  const again = await timed('write, all of them known', adopt)
  const twice = await timed('read again', read)
  for (const [name, seconds] of [
    ['write and read, new', written + once],
    ['write and read, known', again + twice]
  ] as const) {
    print(`${name.padEnd(44)} ${seconds.toFixed(2)} s of ${budgetSeconds} s`)
    if (seconds > budgetSeconds) process.exitCode = 1
  }
  await timed('intents and outcomes of a first Run', async () => {
    for (const page of pagesOf(outcomes)) {
      const intents = page.map(({ change: { key, kind, action, netbox_id, before, after } }) => {
        return { key, kind, action, netbox_id, before, values: after }
      })
      await recordIntents(database, { ...writer, intents })
      await recordOutcomes(database, { ...writer, outcomes: page })
    }
  })
} finally {
  await database.close()
  await postgres.stop()
}
