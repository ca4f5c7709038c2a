import { createNetBox, openNetBoxServer } from '@proxbox/simulator/netbox'
import t from 'tap'
import { openRecordingProxy } from '../src/recording-proxy.ts'
import { replay, send, wavesFrom } from '../src/replay.ts'

const recorded = (method: string, table: string, beganMs: number, endedMs: number) => ({
  method,
  target: `/api/${table}/`,
  body: '[]',
  status: 201,
  answer: '[]',
  beganMs,
  endedMs
})

t.test('waves end at a barrier, lanes follow within', async (t) => {
  const waves = wavesFrom([
    recorded('POST', 'dcim/sites', 0, 10),
    recorded('GET', 'dcim/sites', 5, 6),
    recorded('POST', 'virtualization/virtual-machines', 11, 20),
    recorded('POST', 'virtualization/virtual-machines', 11, 30),
    recorded('POST', 'virtualization/virtual-machines', 21, 25),
    recorded('POST', 'virtualization/virtual-machines', 31, 40),
    recorded('PATCH', 'virtualization/virtual-machines', 41, 50)
  ])
  t.same(
    waves.map((wave) => wave.map((lane) => lane.map(({ beganMs }) => beganMs))),
    [[[0]], [[11, 21, 31], [11]], [[41]]]
  )
})

t.test('a replay gives the same content although all ids differ', async (t) => {
  const first = await openNetBoxServer({ state: createNetBox() })
  const second = await openNetBoxServer({ state: createNetBox() })
  const proxy = await openRecordingProxy(first.url)
  t.teardown(() => Promise.all([proxy.close(), first.close(), second.close()]))
  const post = async (path: string, body: unknown, authorization = `Bearer ${first.token}`) => {
    const url = authorization.endsWith(first.token) ? proxy.url : second.url
    const target = { method: 'POST', target: `/api/${path}/` }
    const answer = await send(target, JSON.stringify(body), { url, authorization })
    t.equal(answer.status, 201, answer.text)
    return JSON.parse(answer.text)[0].id
  }
  await post('dcim/sites', [{ name: 'other', slug: 'other' }], `Bearer ${second.token}`)
  const site = await post('dcim/sites', [{ name: 'lab', slug: 'lab' }])
  const type = await post('virtualization/cluster-types', [{ name: 'pve', slug: 'pve' }])
  const place = { scope_type: 'dcim.site', scope_id: site }
  await post('virtualization/clusters', [{ name: 'one', type, ...place }])
  await replay(wavesFrom(proxy.requests), {
    url: second.url,
    authorization: `Bearer ${second.token}`
  })
  const [clusters, again] = [first, second].map(
    ({ state }) => state.canonical()['virtualization.cluster']
  )
  t.equal(clusters?.length, 1)
  t.same(again, clusters)
})
