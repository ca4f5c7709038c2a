import t from 'tap'
import { Agent, fetch } from 'undici'
import { readConfig } from '../src/config.ts'
import { guestsOf } from '../src/fake-pve/guests-of.ts'
import { openFakePve } from '../src/fake-pve/open-fake-pve.ts'

t.test('the guests are spread over the nodes, each with its own vmid, name and MAC', async (t) => {
  const guests = guestsOf({ nodes: 3, qemu: 75, lxc: 25 })
  t.equal(new Set(guests.map((guest) => guest.vmid)).size, 100)
  t.equal(new Set(guests.map((guest) => guest.name)).size, 100)
  const macs = guests.map((guest) => /BC:24:11:[0-9A-F:]{8}/.exec(String(guest.config.net0))?.[0])
  t.equal(new Set(macs).size, 100)
  t.same([...new Set(guests.map((guest) => guest.node))].sort(), ['pve1', 'pve2', 'pve3'])
})

const { wantsReal, fakePveHome, python, userHome } = readConfig()

t.test(
  'fakepve serves them over TLS with the fingerprint it is said to have',
  { skip: wantsReal ? false : 'needs PROXBOX_CONFORMANCE=real' },
  async (t) => {
    const pve = await openFakePve(
      { home: fakePveHome, python, userHome },
      AbortSignal.timeout(600_000)
    )
    t.teardown(() => pve.stop())
    const dispatcher = new Agent({
      connect: {
        rejectUnauthorized: false
      }
    })
    t.teardown(() => dispatcher.close())
    const ask = (path: string, init: object = {}) =>
      fetch(`${pve.url}/api2/json${path}`, {
        dispatcher,
        signal: AbortSignal.timeout(10_000),
        ...init
      })
    const login = await ask('/access/ticket', {
      method: 'POST',
      body: new URLSearchParams({ username: pve.username, password: pve.password })
    })
    t.equal(login.status, 200)
    // The shape of Proxmox' ticket reply.
    const { data } = (await login.json()) as { data: { ticket: string } }
    const headers = { cookie: `PVEAuthCookie=${data.ticket}` }
    const resources = await ask('/cluster/resources?type=vm', { headers })
    // The shape of Proxmox' resource list.
    const guests = (await resources.json()) as { data: { type: string; node: string }[] }
    t.equal(guests.data.filter(({ type }) => type === 'qemu').length, 75)
    t.equal(guests.data.filter(({ type }) => type === 'lxc').length, 25)
    t.equal(new Set(guests.data.map(({ node }) => node)).size, 3)
    t.match(pve.fingerprintSha256, /^([0-9A-F]{2}:){31}[0-9A-F]{2}$/)
    await pve.stop()
    await t.rejects(ask('/version', { headers }))
  }
)
