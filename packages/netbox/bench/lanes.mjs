// node bench/lanes.mjs URL TOKEN [guests]: objects per second for 2, 3 and 4 lanes; removes what it makes.
import { openNetBox, readItems, writeBatch } from '../src/index.ts'

const [url, token, count = '400'] = process.argv.slice(2)
const signal = AbortSignal.timeout(600_000)
const connection = {
  id: 1,
  name: 'bench',
  base_url: url,
  token,
  verify_ssl: true,
  ca_certificate: '',
  fingerprint_sha256: '',
  timeout: 60,
  write_timeout: 130
}
const run = async (netbox, batch) => {
  const results = []
  for await (const result of writeBatch(netbox, batch, signal)) results.push(result)
  const refused = results.filter(({ state }) => state !== 'done')
  if (refused.length > 0) throw new Error(JSON.stringify(refused[0]))
  return results
}
const entry = (key, fields, netboxId = null) => ({ key, label: key, fields, netboxId })
const create = (netbox, kind, entries) => run(netbox, { kind, action: 'create', entries })

for (const lanes of [2, 3, 4]) {
  const netbox = openNetBox(connection, { lanes, changelogMessage: 'bench' })
  const name = `bench${lanes}-${Date.now()}`
  const [type] = await create(netbox, 'cluster-type', [entry('t', { name, slug: name })])
  const ref = (kind, { netboxId }) => ({ ref: `netbox:${kind}/${netboxId}` })
  const fields = { name, type: ref('cluster-type', type) }
  const [cluster] = await create(netbox, 'cluster', [entry('c', fields)])
  const names = Array.from({ length: Number(count) }, (_, index) => `${name}-${index}`)
  let begun = performance.now()
  const seconds = () => ((performance.now() - begun) / 1000).toFixed(1)
  const guests = await create(
    netbox,
    'vm',
    names.map((one) =>
      entry(one, {
        name: one,
        cluster: ref('cluster', cluster),
        status: 'active',
        memory: 512,
        vcpus: 1
      })
    )
  )
  console.log(`${lanes} lanes: ${count} guests created in ${seconds()} s`)
  begun = performance.now()
  await create(
    netbox,
    'vm-interface',
    guests.map((guest, index) => ({
      ...entry(guest.key, { virtual_machine: ref('vm', guest), name: 'eth0' }),
      mac: {
        key: `m${index}`,
        address: `02:00:${[lanes, index >> 8, index & 255, 1].map((n) => n.toString(16).padStart(2, '0')).join(':')}`
      }
    }))
  )
  console.log(`${lanes} lanes: their interfaces with MACs in ${seconds()} s`)
  begun = performance.now()
  const read = await readItems(netbox, ['vm', 'vm-interface', 'mac-address'], signal)
  console.log(
    `${lanes} lanes: ${[...read].map(([kind, items]) => `${items.length} ${kind}`)} read in ${seconds()} s`
  )
  begun = performance.now()
  await run(netbox, {
    kind: 'vm',
    action: 'delete',
    entries: guests.map((guest) => entry(guest.key, {}, guest.netboxId))
  })
  console.log(`${lanes} lanes: deleted in ${seconds()} s`)
  await run(netbox, {
    kind: 'cluster',
    action: 'delete',
    entries: [entry('c', {}, cluster.netboxId)]
  })
  await run(netbox, {
    kind: 'cluster-type',
    action: 'delete',
    entries: [entry('t', {}, type.netboxId)]
  })
  await netbox.close()
}
