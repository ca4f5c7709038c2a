import { gapsOf } from '@proxbox/contracts'
import { type FaultKind, faultKinds } from '@proxbox/simulator/proxmox'
import t from 'tap'
import { faultOn, readEndpoints } from '../src/fault-matrix/endpoints.ts'
import { openLab } from '../src/fault-matrix/lab.ts'
import { openOverHttp } from '../src/fault-matrix/over-http.ts'
import { smallWorld } from '../src/fault-matrix/small-world.ts'

const world = smallWorld('8.4')
const http = openOverHttp()
t.teardown(() => http.close())
const lab = await openLab(world, { read: http.read })
const slow: FaultKind = 'slow'

for (const [index, endpoint] of readEndpoints.entries()) {
  // Each call meets one fault and each fault a call: together they are all of them, and none twice in a row.
  const fault = faultKinds[index % faultKinds.length] ?? slow
  t.test(`GET ${endpoint.route} over HTTP: ${fault}`, async (t) => {
    const struck = { ...faultOn(endpoint, fault), delayMs: 50 }
    const estate = await lab.read(world, struck)
    const isTold = fault !== slow && !endpoint.truthful?.includes(fault)
    t.equal(gapsOf(estate).length > 0, isTold, isTold ? 'a gap tells of it' : 'nothing is missing')
    const { plan, harms } = await lab.plan(estate, 30)
    t.strictSame(harms, [], 'nothing is deleted, blanked, renamed, marked stale or unlinked')
    t.strictSame(plan.changes, [], 'nothing is made twice or written at all')
  })
}
