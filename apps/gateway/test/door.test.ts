import type { Principal } from '@proxbox/contracts'
import { pino } from 'pino'
import t from 'tap'
import { buildDoor, type DoorOptions } from '../src/door/door.ts'

const principal: Principal = { user: 'ada', superuser: true, permissions: [], write: true }
const run = { id: 7, run_id: '0199a000-0000-7000-8000-000000000007' }

t.test('a Run that cannot be followed is told as failed, and cancelled', async (t) => {
  const called: unknown[] = []
  const netboxes = { results: [{ id: 1, name: 'nb', enabled: true }] }
  const bus = {
    ask: async (operation: string) => (operation === 'listNetBoxEndpoints' ? netboxes : run),
    call: async (operation: string, { params }: { params: unknown }) => {
      called.push([operation, params])
      return { status: 200 }
    },
    status: () => 'connected'
  }
  const hub = {
    follow: async () => {
      throw new Error('the stream does not come')
    }
  }
  const door = buildDoor({
    bus: bus as unknown as DoorOptions['bus'], // what the door asks of it
    hub: hub as unknown as DoorOptions['hub'], // as above
    authenticate: async () => principal,
    version: '0',
    log: pino({ level: 'silent' }),
    heartbeatMs: 60_000
  })
  t.teardown(() => door.close())
  const url = await door.listen({ host: '127.0.0.1', port: 0 })
  const answer = await fetch(`${url}/full-update/stream`, { signal: AbortSignal.timeout(10_000) })
  const text = await answer.text()
  t.match(text, /^event: error\n/)
  t.match(text, /\nevent: complete\ndata: \{"ok": false, /)
  for (let look = 0; look < 500 && called.length === 0; look += 1)
    await new Promise((resolve) => setTimeout(resolve, 10))
  t.same(called, [['cancelRun', { id: run.id }]], 'once')
})
