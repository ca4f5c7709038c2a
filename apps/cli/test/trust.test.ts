import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createNetBox, openNetBoxServer } from '@proxbox/simulator/netbox'
import { createWorld, openProxmoxServer, renameGuest, setConfig } from '@proxbox/simulator/proxmox'
import t from 'tap'
import { startStack } from '../src/stack/start-stack.ts'
import { runLine } from './fake-gateway.ts'

const home = await mkdtemp(join(tmpdir(), 'proxbox-trust-'))
t.teardown(() => rm(home, { recursive: true, force: true, maxRetries: 3 }))
const netbox = await openNetBoxServer({ state: createNetBox({ seed: 1 }) })
t.teardown(() => netbox.close())
const world = createWorld({ guests: 3, nodes: 1, seed: 5, simple: true })
const proxmox = await openProxmoxServer({ world })
t.teardown(() => proxmox.close())
const env = { ...process.env, PROXBOX_HOME: home, PROXBOX_PORT: '0', LOG_LEVEL: 'warn' }
const stack = await startStack({ home, env }, AbortSignal.timeout(60_000))
t.teardown(() => stack.stop())

/** One command line; @returns its exit code and all that it printed. */
async function say(line: string) {
  const settings = { PROXBOX_URL: stack.url, PROXBOX_TOKEN: stack.adminToken }
  const { code, out, err } = await runLine(line, settings)
  return { code, text: `${out}${err}` }
}

async function patchVm(id: number, body: object): Promise<void> {
  const url = `${netbox.url}/api/virtualization/virtual-machines/${id}/`
  const headers = { authorization: `Bearer ${netbox.token}`, 'content-type': 'application/json' }
  const answer = await fetch(url, { method: 'PATCH', headers, body: JSON.stringify(body) })
  if (!answer.ok) throw new Error(await answer.text())
}

const writes = () => netbox.requests.counts().writes
const runOf = (text: string) => /^Run (\d+) \(/m.exec(text)?.[1] ?? ''
const guest = world.guests[0]
if (guest === undefined) throw new Error('a world of three guests has none')
const name = String(guest.config.name)

t.test('nothing is written until the file that was read is applied', async (t) => {
  const ca = join(home, 'ca.pem')
  await writeFile(ca, proxmox.caCertificate)
  const lines = [
    `endpoint add netbox lab ip_address=127.0.0.1 port=${new URL(netbox.url).port} use_https=false token=${netbox.token} create_default_site=true vlan_create=true`,
    `endpoint add proxmox pve ip_address=${proxmox.host} port=${proxmox.port} username=${proxmox.username} token_name=${proxmox.tokenName} token_value=${proxmox.tokenValue} ca_certificate=@${ca}`
  ]
  for (const line of lines) t.match(await say(line), { code: 0 })
  const file = join(home, 'plan.json')
  const plan = await say(`plan -o ${file}`)
  t.equal(plan.code, 2, plan.text)
  t.match(plan.text, `+ vm ${name}`)
  t.equal(writes(), 0)
  t.match(JSON.parse(await readFile(file, 'utf8')), { netbox: 'lab', held: [] })
  const applied = await say(`apply ${file}`)
  t.equal(applied.code, 0, applied.text)
  const again = await say('plan')
  t.match(again, { code: 0, text: /Nothing differs\./ })
  t.match(await say(`apply ${file}`), { code: 1, text: /only a Run that awaits approval/ })
})

t.test('what moved since is left out; undo takes the rest back', async (t) => {
  const { id } = await readVm(name)
  const other = world.guests[1]
  setConfig(world, guest.vmid, 'memory', 3072)
  setConfig(world, other?.vmid ?? 0, 'memory', 5120)
  const plan = await say('plan')
  t.equal(plan.code, 2)
  t.match(plan.text, /memory +\d+ → 3072 {2}source: changed in Proxmox, from config\.memory/)
  await patchVm(id, { memory: 777 })
  const applied = await say(`apply ${runOf(plan.text)}`)
  t.match(applied, { code: 2, text: /ITEM_MOVED/ })
  t.equal((await readVm(name)).memory, 777)
  t.equal((await readVm(String(other?.config.name))).memory, 5120)

  const before = writes()
  const run = runOf(applied.text)
  const shown = await say(`undo ${run} --plan`)
  t.match(shown, { code: 2, text: /memory +5120 → / })
  t.equal(writes(), before)
  const undone = await say(`undo ${run}`)
  t.equal(undone.code, 0, undone.text)
  t.not((await readVm(String(other?.config.name))).memory, 5120)
  t.match(await say(`explain ${name} memory`), { code: 0, text: /from config\.memory/ })
})

t.test('a conflict waits for a person, and is answered from then on', async (t) => {
  const { id } = await readVm(name)
  renameGuest(world, guest.vmid, 'from-proxmox')
  await patchVm(id, { name: 'from-netbox' })
  const plan = await say('plan')
  t.match(plan.text, /! vm from-netbox, name: .*from-proxmox/, plan.text)
  const [, conflict] = /conflicts decide (\d+)/.exec(plan.text) ?? []
  t.match(await say(`conflicts show ${conflict}`), { code: 0, text: /Proxmox +from-proxmox\n/ })
  t.match(await say(`conflicts decide ${conflict} mine`), { code: 1, text: /is none of/ })
  t.match(await say(`conflicts decide ${conflict} proxmox`), { code: 0 })
  const decided = await say('plan virtual-machines')
  t.match(decided.text, /name +from-netbox → from-proxmox/, decided.text)
  t.notMatch(decided.text, 'Conflicts that wait')
})

async function readVm(wanted: string): Promise<{ id: number; memory: number }> {
  const url = `${netbox.url}/api/virtualization/virtual-machines/?name=${wanted}`
  const answer = await fetch(url, { headers: { authorization: `Bearer ${netbox.token}` } })
  const { results }: { results: { id: number; memory: number }[] } = JSON.parse(await answer.text())
  const [vm] = results
  if (vm === undefined) throw new Error(`no VM ${wanted}`)
  return vm
}
