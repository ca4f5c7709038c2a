import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import t from 'tap'
import './config.ts'
import { Value } from 'typebox/value'
import {
  callLimits,
  callSubject,
  channels,
  defaultSettings,
  errorFacts,
  errorFromFacts,
  errorTable,
  factLimits,
  foreignUsers,
  frameFrom,
  frameLimits,
  type KindName,
  kindNames,
  kindOfModel,
  kinds,
  netboxIdFrom,
  netboxKey,
  orderedSyncTypes,
  ProxboxError,
  routeOf,
  routes,
  Settings,
  StepEvent,
  serviceNames,
  streamPaths,
  streams,
  subjectOf,
  subjectPattern,
  syncOperation,
  syncTypes,
  versionHas
} from '../src/index.ts'

const repeated = (texts: readonly string[]): string[] =>
  texts.filter((text, index) => texts.indexOf(text) !== index)

t.test('the table of kinds agrees with itself', async (t) => {
  t.same(Object.keys(kinds).sort(), [...kindNames].sort(), 'every kind has a row')
  t.same(repeated(kindNames.map((kind) => kinds[kind].path)), [], 'paths differ')
  for (const kind of kindNames) {
    const { path, model, fields, natural, parent, hasTags, readOnly } = kinds[kind]
    t.match(path, /^[a-z]+\/[a-z-]+\/$/, `${kind}: path below /api/`)
    t.equal(kindOfModel(model), kind, `${kind}: its model leads back to it`)
    for (const name of natural) t.ok(name === 'id' || name in fields, `${kind}: natural ${name}`)
    if (parent !== undefined) t.ok(fields[parent]?.refs, `${kind}: its parent is a reference`)
    if (!readOnly) t.equal('tags' in fields, hasTags, `${kind}: tags`)
  }
})

t.test('each reference of a kind leads to a kind', async (t) => {
  const fields = kindNames.flatMap((kind) =>
    Object.entries(kinds[kind].fields).map(([name, field]) => ({ at: `${kind}.${name}`, field }))
  )
  for (const { at, field } of fields) {
    const isReference = ['ref', 'generic-ref', 'set'].includes(field.type)
    t.equal(field.refs !== undefined, isReference, `${at}: refs only on references`)
    for (const ref of field.refs ?? []) t.ok(kindNames.includes(ref), `${at}: ${ref} is a kind`)
    if (field.late) t.ok(isReference, `${at}: only a reference is sent later`)
  }
})

t.test('what a kind refers to is made before it, or sent later', async (t) => {
  const isMadeBefore = (ref: KindName, kind: KindName) =>
    kindNames.indexOf(ref) < kindNames.indexOf(kind)
  for (const kind of kindNames) {
    for (const [name, { refs = [], late, readOnly }] of Object.entries(kinds[kind].fields)) {
      const early = refs.filter((ref) => !isMadeBefore(ref, kind) && !kinds[ref].readOnly)
      if (!kinds[kind].readOnly && !readOnly && !late) t.same(early, [], `${kind}.${name}`)
    }
  }
})

t.test('README asks for the permissions of exactly these kinds', async (t) => {
  const readme = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8')
  const rows = [...readme.matchAll(/^\| (view[a-z, ]*) \| (.*) \|$/gm)]
  const granted = rows.flatMap(([, actions = '', types = '']) =>
    types.split(' · ').flatMap((group) => {
      const [app = '', models = ''] = group.split(': ')
      return models.split(', ').map((model) => [`${app}.${model.split(' ')[0]}`, actions] as const)
    })
  )
  const isDeleted = (kind: KindName) => ['disk', 'mac-address'].includes(kind)
  const wanted = kindNames.map((kind): readonly [string, string] => {
    const { model, readOnly } = kinds[kind]
    if (readOnly) return [model, 'view']
    return [model, isDeleted(kind) ? 'view, add, change, delete' : 'view, add, change']
  })
  t.same(Object.fromEntries(granted), Object.fromEntries(wanted))
})

t.test('each operation is written once, and only services call it', async (t) => {
  t.same(repeated(routes.map((route) => route.operationId)), [])
  t.same(repeated(routes.map((route) => `${route.method} ${route.path}`)), [])
  for (const route of routes) {
    const { operationId: id, path, visibility, callers, service, permission } = route
    t.equal(routeOf(id), route, `${id}: found by its name`)
    t.ok(serviceNames.includes(service), `${id}: served by a service`)
    for (const caller of callers) t.ok(serviceNames.includes(caller), `${id}: called by a service`)
    t.same(repeated(callers), [], `${id}: each caller once`)
    t.match(path, visibility === 'public' ? /^\/api\/.*$/ : /^\/internal\//, `${id}: its door`)
    t.match(path, /\/$/, `${id}: trailing slash`)
    if (visibility === 'public' && service !== 'gateway')
      t.ok(callers.includes('gateway'), `${id}: the gateway may forward it`)
    if (visibility === 'internal') t.equal(permission, null, `${id}: no permission of a person`)
    else t.match(permission ?? 'a.b_c', /^(netbox_proxbox|core|a)\.[a-z]+_[a-z_]+$/, `${id}`)
    const parameters = [...path.matchAll(/:(\w+)/g)].map((hit) => hit[1])
    const declared =
      route.params === undefined ? {} : Object(Reflect.get(route.params, 'properties'))
    t.same(parameters, Object.keys(declared), `${id}: the path has the declared parameters`)
    t.equal(route.method === 'GET' && route.body !== undefined, false, `${id}: GET has no body`)
  }
  t.throws(() => routeOf('nothingLikeThis'), /no such operation/)
  for (const type of [...syncTypes, 'full-update'] as const)
    t.equal(routeOf(syncOperation(type)).path, `/api/plugins/proxbox/sync/${type}/`)
})

/** NATS: `*` is one token, a last `>` is one or more. */
function isInside(subject: string, pattern: string): boolean {
  const [tokens, wanted] = [subject.split('.'), pattern.split('.')]
  if (wanted.at(-1) !== '>' && tokens.length !== wanted.length) return false
  if (tokens.length < wanted.length) return false
  return wanted.every((one, index) => one === '>' || one === '*' || one === tokens[index])
}

t.test('each subject belongs to one channel, and to the stream that it names', async (t) => {
  const all = Object.values(channels)
  t.same(repeated(all.map(subjectPattern)), [])
  t.same(repeated(routes.map((one) => callSubject(one.service, one.operationId))), [])
  t.same(repeated(streams.flatMap((stream) => stream.subjects)), [])
  const users: readonly string[] = [...serviceNames, ...foreignUsers]
  for (const [name, channel] of Object.entries(channels)) {
    t.equal(channel.name, name)
    for (const user of [...channel.publishers, ...channel.subscribers])
      t.ok(users.includes(user), `${name}: ${user} is a user of the bus`)
    const holding = streams.filter((stream) =>
      stream.subjects.some((pattern) => isInside(subjectPattern(channel), pattern))
    )
    t.same(
      holding.map((stream) => stream.name),
      channel.stream === null ? [] : [channel.stream],
      `${name}: stored where it says`
    )
  }
  for (const stream of streams) {
    t.ok(serviceNames.includes(stream.owner), `${stream.name}: owned by a service`)
    t.ok(
      all.some((channel) => channel.stream === stream.name),
      `${stream.name}: has a channel`
    )
    t.ok(stream.maxAgeMs > 0 && stream.maxBytes > 0, `${stream.name}: is bounded`)
  }
})

t.test('a subject is filled with tokens and nothing else', async (t) => {
  t.equal(
    subjectOf('endpoints', { kind: 'netbox', id: 7, event: 'changed' }),
    'proxbox.endpoints.netbox.7.changed'
  )
  for (const run_id of ['', 'a.b', '*', '>', 'a b'])
    t.throws(() => subjectOf('frames', { run_id }), /not a subject token/)
  t.throws(() => subjectOf('frames'), /not a subject token/)
})

t.test('limits leave room for what travels under them', async (t) => {
  const events = streams.find((stream) => stream.name === 'EVENTS')
  t.ok((events?.maxMessageBytes ?? 0) > frameLimits.bytes, 'a Frame and its headers fit')
  const text = 'é'.repeat(frameLimits.textChars)
  const step = { step: 'devices', status: 'warning', message: text } as const
  t.ok(Value.Check(StepEvent, { event: 'step', data: step }))
  t.notOk(Value.Check(StepEvent, { event: 'step', data: { ...step, message: `${text}é` } }))
  t.ok(frameLimits.errorsListed * frameLimits.textChars < frameLimits.bytes, 'listed errors fit')
  t.ok(factLimits.bytes < callLimits.requestBytes, 'a page of facts is a request')
  t.equal(callLimits.replyBytes % callLimits.partBytes, 0, 'a reply is whole parts')
  for (const stream of streams) t.ok(stream.maxMessageBytes < 1024 ** 2, "below the server's 1 MiB")
})

t.test('a Frame is its Event with run, sequence and time', async (t) => {
  const data = { state: 'running' }
  const at = new Date(0)
  t.same(frameFrom({ event: 'state', data }, { runId: 'r', seq: 3, at }), {
    ...{ state: 'running', run_id: 'r', seq: 3, at: '1970-01-01T00:00:00.000Z' }
  })
  t.same(data, { state: 'running' }, 'the Event stays as it was')
})

t.test('sync types keep their order, whatever was asked', async (t) => {
  t.same(orderedSyncTypes([]), syncTypes)
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...syncTypes), { minLength: 1 }), (asked) => {
      const places = orderedSyncTypes(asked).map((type) => syncTypes.indexOf(type))
      return (
        places.every((place, index) => index === 0 || place > (places[index - 1] ?? 0)) &&
        new Set(asked).size === places.length &&
        orderedSyncTypes(asked).every((type) => asked.includes(type))
      )
    })
  )
})

t.test('eleven stream paths: one per type, and one for all', async (t) => {
  t.equal(streamPaths.length, 11)
  t.same(repeated(streamPaths.map(({ path }) => path)), [])
  t.same(
    streamPaths.flatMap(({ types }) => (types === 'all' ? [] : types)).sort(),
    [...syncTypes].sort()
  )
  t.equal(streamPaths.filter(({ types }) => types === 'all').length, 1)
})

t.test('versions are numbers, not texts', async (t) => {
  for (const [version, since, has] of [
    ['4.7.3', undefined, true],
    ['4.7.3', '4.7', true],
    ['4.6.8', '4.7', false],
    ['4.10.0', '4.9', true],
    ['4.9.1', '4.10', false],
    ['5.0.0', '4.7', true],
    ['3.9', '4.0', false],
    ['4.7.0-beta1', '4.7', true]
  ] as const)
    t.equal(versionHas(version, since), has, `${version} has what came with ${since}`)
})

t.test('keys of foreign objects lead back to their ids', async (t) => {
  t.equal(netboxIdFrom(netboxKey('vm-interface', 12)), 12)
  for (const key of ['vm:c1a2b3c4d/qemu/100', 'netbox:vm/', 'netbox:vm/1x', 'x-netbox:vm/1'])
    t.equal(netboxIdFrom(key), undefined, key)
})

t.test('the standard settings are settings', async (t) => {
  t.same([...Value.Errors(Settings, defaultSettings)], [])
})

t.test('an error says its text, its disposition and what caused it', async (t) => {
  const cause = new Error('socket hang up')
  const error = new ProxboxError('NETBOX_TIMEOUT', {
    ...{ endpoint: 'lab', path: 'dcim/sites/', seconds: 0, cause }
  })
  t.equal(error.message, 'NetBox Endpoint lab did not answer dcim/sites/ within 0 s.')
  t.equal(error.cause, cause)
  t.notOk('cause' in error.data, 'the cause is chained, not data')
  t.match(error, { code: 'NETBOX_TIMEOUT', disposition: 'wait', status: 504 })
  t.equal(
    new ProxboxError('FIELD_INVALID', { field: 'name', problem: 'is taken.' }).message,
    'name: is taken.'
  )
  for (const [code, { text, status, disposition }] of Object.entries(errorTable)) {
    t.notMatch(new ProxboxError(code as keyof typeof errorTable).message, /[{}]/, code) // keys of the table
    t.equal(disposition === 'bug', code === 'INTERNAL', `${code}: only what has no code is a bug`)
    t.ok(status >= 400 && status < 600, `${code}: an HTTP error`)
    t.ok(text.length > 0)
  }
})

t.test('what has no code shows nothing of itself', async (t) => {
  const secret = 'password=hunter2 at /srv/secret.ts:12'
  for (const bug of [new Error(secret), new TypeError(secret), secret, { detail: secret }, null]) {
    const facts = errorFacts(bug)
    t.match(facts, { code: 'INTERNAL', disposition: 'bug' })
    t.notMatch(JSON.stringify(facts), /hunter2|secret/)
  }
})

t.test('an error that crossed the bus is the same error', async (t) => {
  const sent = errorFacts(new ProxboxError('NOT_FOUND', { what: 'Run', id: 9 }))
  t.same(errorFacts(errorFromFacts(sent)), sent)
  for (const facts of [
    { code: 'NO_SUCH_CODE', detail: 'x' },
    { detail: 'x' },
    {},
    { code: 'toString' }
  ])
    t.equal(errorFacts(errorFromFacts(facts)).code, 'INTERNAL', JSON.stringify(facts))
})
