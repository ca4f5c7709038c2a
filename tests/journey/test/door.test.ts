import { type Run, streamPaths } from '@proxbox/contracts'
import { addGuest, createWorld } from '@proxbox/simulator/proxmox'
import t, { type Test } from 'tap'
import { openJourney } from '../src/journey.ts'
import { type RawAnswer, rawGet } from '../src/raw-get.ts'
import { PluginReader } from '../src/reader.ts'

const odd = 'web "ä\u2028ö\u0085ü" \u{1F600}'

/** Python's json.dumps of what JSON holds, written here anew so that the door is not its own judge. */
function dumps(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(dumps).join(', ')}]`
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).map(([name, one]) => `${dumps(name)}: ${dumps(one)}`)
    return `{${members.join(', ')}}`
  }
  if (typeof value !== 'string') return JSON.stringify(value)
  const escaped = [...Array(value.length).keys()].map((index) => {
    const unit = value.charCodeAt(index)
    const plain = JSON.stringify(value[index] ?? '').slice(1, -1)
    return unit < 0x7f ? plain : `\\u${unit.toString(16).padStart(4, '0')}`
  })
  return `"${escaped.join('')}"`
}

t.test('the plugin door', async (t) => {
  const journey = await openJourney({ PROXBOX_SSE_HEARTBEAT_MS: '150' })
  t.teardown(() => journey.close())
  const { doorUrl, adminToken } = journey.stack
  const world = createWorld({ guests: 6, nodes: 1, seed: 9, clusterName: 'lab' })
  // A guest whose name reaches the Events: its agent answers nonsense, and NetBox refuses a part of it.
  addGuest(world, { agent: 'nonsense', config: { name: odd } })
  const proxmox = await journey.proxmox(world, { name: odd })
  const netbox = await journey.netbox({ name: odd })
  const bearer = { Authorization: `Bearer ${adminToken}` }

  /** What every stream must be, byte for byte. */
  const check = (t: Test, answer: RawAnswer, path: string) => {
    t.equal(answer.status, 200, path)
    t.equal(answer.headers['content-type'], 'text/event-stream; charset=utf-8')
    t.equal(answer.headers['transfer-encoding'], 'chunked')
    t.equal(answer.headers['content-encoding'], undefined)
    t.match(answer.headers['cache-control'], /no-cache/)
    t.equal(answer.isWhole, true, 'ends with its last chunk, then the connection closes')
    const text = answer.body.toString('latin1')
    t.match(text, /^[\n\x20-\x7e]*$/, 'ASCII, LF only')
    const frames = text.split('\n\n')
    t.equal(frames.pop(), '', 'ends with an empty line')
    const events = frames.filter((frame) => !frame.startsWith(':'))
    const names: string[] = []
    for (const frame of events) {
      const [, name = '', json = ''] =
        /^event: (step|error|complete)\ndata: (\{.*\})$/.exec(frame) ?? []
      if (name === '') t.fail(`not a frame: ${frame}`)
      if (dumps(JSON.parse(json)) !== json) t.fail(`not as Python writes it: ${json}`)
      const { run_id, seq, at } = JSON.parse(json)
      if ([run_id, seq, at].some((one) => one !== undefined)) t.fail(`more than an Event: ${json}`)
      names.push(name)
    }
    t.strictSame(
      names.flatMap((name, index) => (name === 'complete' ? [index - names.length] : [])),
      [-1],
      'one complete, the last'
    )
    t.ok(
      answer.chunks.every((chunk) => chunk.toString('latin1').split('\n\n').length <= 2),
      'one flush per Event'
    )
    return text
  }

  await t.test('each path gives the contract, and a Run with history', async (t) => {
    for (const { path, types, step } of streamPaths) {
      const before = await journey.want<{ count: number }>('GET', '/runs/?limit=1')
      const text = check(t, await rawGet(doorUrl, path, { headers: bearer }), path)
      const opening = text.split('\n\n').find((frame) => !frame.startsWith(':'))
      t.ok(
        opening?.startsWith(`event: step\ndata: {"step": "${step}", "status": "started", `),
        step
      )
      const { count, results } = await journey.want<{ count: number; results: Run[] }>(
        'GET',
        '/runs/?ordering=-id&limit=1'
      )
      t.equal(count, before.count + 1)
      t.equal(results[0]?.origin, 'door')
      if (types !== 'all') t.strictSame(results[0]?.sync_types, types)
      t.notOk(/event: state/.test(text), '`state` is not part of the contract')
    }
  })

  await t.test('names that cut readers in two', async (t) => {
    const answer = await rawGet(doorUrl, '/full-update/stream', { headers: bearer })
    const text = check(t, answer, 'full update')
    t.ok(text.includes('\\u2028') && text.includes('\\u0085'), 'separators as escapes')
    t.ok(text.includes('\\ud83d\\ude00') && text.includes('\\u00e4'), 'emoji, umlaut')
    t.ok(text.includes('\\"'), 'quotes')

    const wanted = text
      .split('\n\n')
      .filter((frame) => frame.startsWith('event: '))
      .map((frame) => {
        const [name = '', data = ''] = frame.split('\n')
        return {
          event: name.slice('event: '.length),
          data: JSON.parse(data.slice('data: '.length))
        }
      })
    for (const size of [1, 2, 3, 7, 64, 1024]) {
      const reader = new PluginReader(answer.headers['content-type'] ?? '')
      for (let at = 0; at < answer.body.length; at += size)
        reader.chunk(answer.body.subarray(at, at + size))
      reader.end()
      t.strictSame(reader.events, wanted, `in chunks of ${size}`)
    }
    const reader = new PluginReader(answer.headers['content-type'] ?? '')
    for (const chunk of answer.chunks) reader.chunk(chunk)
    reader.end()
    t.strictSame(reader.events, wanted, 'in chunks as sent')
  })

  await t.test('the reader of this test knows the traps', async (t) => {
    const read = (type: string, ...chunks: string[]) => {
      const reader = new PluginReader(type)
      for (const chunk of chunks) reader.chunk(Buffer.from(chunk))
      reader.end()
      return reader.events
    }
    const utf8 = 'text/event-stream; charset=utf-8'
    t.match(read(utf8, 'event: complete\r\ndata: {"ok": true}\r\n\r\n'), [{ event: 'complete' }])
    t.match(
      read(utf8, 'event: complete\r', '\ndata: {"ok": true}\r\n\r\n').map(({ event }) => event),
      ['complete', 'message'],
      'a CR LF in two chunks loses the name'
    )
    t.match(read(utf8, 'id: 1\nevent: step\ndata: {"a": 1}\n\n').at(-1)?.data, { a: 1 })
    t.match(read(utf8, 'event: step\nid: 1\ndata: {}\n\n'), [{ data: { raw: /id: 1/ } }])
    t.match(read(utf8, 'event: step\ndata: {"a": "x\u2028y"}\n\n'), [{ data: { raw: String } }])
    t.notMatch(read('text/event-stream', 'data: {"a": "ä"}\n\n'), [{ data: { a: 'ä' } }])
  })

  await t.test('a comment in silence', async (t) => {
    const release = proxmox.faults.add({ kind: 'slow', on: 'version', delayMs: 700, times: 1 })
    const answer = await rawGet(doorUrl, '/dcim/devices/create/stream', { headers: bearer })
    release()
    const text = check(t, answer, 'devices')
    t.match(text, /(^|\n\n):[^\n]*\n\n/, 'comments keep the connection alive')
  })

  await t.test('a token is needed', async (t) => {
    const [{ path } = { path: '' }] = streamPaths
    for (const { path } of streamPaths)
      t.equal((await rawGet(doorUrl, path, { headers: { Connection: 'close' } })).status, 401)
    const headers = { Authorization: 'Bearer wrong', Connection: 'close' }
    const wrong = await rawGet(doorUrl, path, { headers })
    t.equal(wrong.status, 401)
    t.match(JSON.parse(wrong.body.toString()), { detail: String, message: String })
    const key = { 'X-Proxbox-API-Key': adminToken }
    check(t, await rawGet(doorUrl, path, { headers: key }), 'X-Proxbox-API-Key')
  })

  await t.test('parameters', async (t) => {
    const path = '/virtualization/virtual-machines/virtual-disks/create/stream'
    for (const value of ['True', 'true', '1', 'False']) {
      const query = `use_guest_agent_interface_name=${value}&unknown=x&fetch_max_concurrency=4`
      check(t, await rawGet(doorUrl, `${path}?${query}`, { headers: bearer }), value)
    }
    const { results } = await journey.want<{ results: Run[] }>('GET', '/runs/?ordering=-id&limit=2')
    t.match(
      results.map((run) => run.options),
      [
        { use_guest_agent_interface_name: false, fetch_max_concurrency: 4 },
        { use_guest_agent_interface_name: true, fetch_max_concurrency: 4 }
      ]
    )
    const bad = [
      'use_guest_agent_interface_name=maybe',
      'fetch_max_concurrency=many',
      'fetch_max_concurrency=0',
      'netbox_vm_ids=1,x',
      'proxmox_endpoint_ids=-1',
      'netbox_endpoint_ids=99'
    ]
    for (const query of bad) {
      const answer = await rawGet(doorUrl, `${path}?${query}`, {
        headers: { ...bearer, Connection: 'close' }
      })
      t.equal(answer.status, 422, query)
      const { detail } = JSON.parse(answer.body.toString()) // the door's error body
      t.ok(String(detail).includes(query.split('=')[0] ?? ''), 'the parameter is named')
    }
  })

  await t.test('who hangs up cancels', async (t) => {
    const release = proxmox.faults.add({ kind: 'slow', on: 'version', delayMs: 5000, times: 1 })
    netbox.requests.clear()
    await rawGet(doorUrl, '/full-update/stream', {
      headers: bearer,
      until: (bytes) => bytes.includes('"status": "started"')
    })
    const { results } = await journey.want<{ results: Run[] }>('GET', '/runs/?ordering=-id&limit=1')
    const [run] = results
    if (run === undefined) throw new Error('no Run')
    const told = await journey.follow(run)
    release()
    t.equal(told.run.state.value, 'cancelled')
    t.match(told.run.error, { code: 'RUN_CANCELLED' })
    t.equal(netbox.requests.counts().writes, 0)
  })

  await t.test('health and version without a token', async (t) => {
    const get = async (path: string) => {
      const answer = await rawGet(doorUrl, path, { headers: { Connection: 'close' } })
      t.equal(answer.status, 200, path)
      return JSON.parse(answer.body.toString())
    }
    t.match(await get('/health'), { status: 'ready', init_ok: true })
    t.match(await get('/version'), { version: /^\d+\.\d+\.\d+/ })
  })

  await t.test('several NetBoxes: 422 names the choices', async (t) => {
    const second = await journey.netbox({ name: 'second' })
    const headers = { ...bearer, Connection: 'close' }
    const answer = await rawGet(doorUrl, '/full-update/stream', { headers })
    t.equal(answer.status, 422)
    const { detail } = JSON.parse(answer.body.toString()) // the door's error body
    t.match(detail, `${second.id} (second)`)
    const path = `/full-update/stream?netbox_endpoint_ids=${second.id}`
    check(t, await rawGet(doorUrl, path, { headers: bearer }), 'the named one')
    t.equal((second.state.dump()['virtualization.virtualmachine'] ?? []).length > 0, true)
  })
})
