import {
  type BusUser,
  callSubject,
  channels,
  foreignUsers,
  routes,
  type ServiceName,
  type StreamSpec,
  serviceNames,
  streams,
  subjectPattern
} from '@proxbox/contracts'
import { inboxPrefixOf } from './connection.ts'
import { workConsumer } from './streams.ts'

interface Rights {
  readonly publish: readonly string[]
  readonly subscribe: readonly string[]
}

/** Parts of one reply (64 of 512 KiB make 32 MiB) and the time for them. */
const responses = 'allow_responses: { max: 128, expires: "5m" }'

const api = (text: string): string => `$JS.API.${text}`

/** What an owner needs to create its streams and read their configuration back. */
const ownerRights = (stream: StreamSpec['name']): string[] =>
  ['INFO', 'CREATE', 'UPDATE'].map((verb) => api(`STREAM.${verb}.${stream}`))

/** Reading a stream in order by short-lived consumers. */
const readerRights = (stream: StreamSpec['name']): string[] => [
  api(`STREAM.INFO.${stream}`),
  api(`CONSUMER.CREATE.${stream}`),
  api(`CONSUMER.CREATE.${stream}.>`),
  api(`CONSUMER.INFO.${stream}.*`),
  api(`CONSUMER.MSG.NEXT.${stream}.*`),
  api(`CONSUMER.DELETE.${stream}.*`),
  api(`DIRECT.GET.${stream}`),
  api(`DIRECT.GET.${stream}.>`)
]

/** The shared wake-up consumer. Servers from 2.14 may use the longer acknowledgement subject. */
const workerRights = [
  api('CONSUMER.CREATE.WORK'),
  api(`CONSUMER.CREATE.WORK.${workConsumer}`),
  api(`CONSUMER.CREATE.WORK.${workConsumer}.>`),
  api(`CONSUMER.DURABLE.CREATE.WORK.${workConsumer}`),
  api(`CONSUMER.INFO.WORK.${workConsumer}`),
  api(`CONSUMER.MSG.NEXT.WORK.${workConsumer}`),
  `$JS.ACK.WORK.${workConsumer}.>`,
  `$JS.ACK.*.*.WORK.${workConsumer}.>`
]

function serviceRights(service: ServiceName): Rights {
  // Sorted, so that the configuration does not change when a route only moves within its table.
  const calls = routes
    .filter((route) => route.callers.includes(service))
    .map((route) => callSubject(route.service, route.operationId))
    .sort()
  const own = Object.values(channels)
  const published = own.filter((channel) =>
    (channel.publishers as readonly string[]).includes(service)
  )
  const publishedStreams = [
    ...new Set(published.flatMap((channel) => (channel.stream === null ? [] : [channel.stream])))
  ]
  const read = own.filter((channel) => (channel.subscribers as readonly string[]).includes(service))
  const readStreams = [
    ...new Set(
      read.flatMap((channel) =>
        channel.stream === null || channel.stream === 'WORK' ? [] : [channel.stream]
      )
    )
  ]
  return {
    publish: [
      ...calls,
      ...published.map(subjectPattern),
      ...publishedStreams.map((stream) => api(`STREAM.INFO.${stream}`)),
      ...streams
        .filter((stream) => stream.owner === service)
        .flatMap((stream) => ownerRights(stream.name)),
      ...readStreams.flatMap(readerRights),
      ...(service === 'orchestrator' ? [...workerRights, api('STREAM.MSG.GET.EVENTS')] : [])
    ],
    subscribe: [
      `${inboxPrefixOf(service)}.>`,
      `${callSubject(service, '*')} ${service}`,
      ...read.filter((channel) => channel.stream === null).map(subjectPattern)
    ]
  }
}

const feeds = ['proxbox.runs.>', 'proxbox.changes.>', 'proxbox.endpoints.>']

function foreignRights(user: (typeof foreignUsers)[number]): Rights {
  const subscribe = [`${inboxPrefixOf(user)}.>`, ...feeds]
  return { publish: user === 'partner' ? ['proxbox.svc.gateway.>'] : [], subscribe }
}

const list = (subjects: readonly string[]): string =>
  `[\n${[...new Set(subjects)].map((subject) => `          ${JSON.stringify(subject)}`).join('\n')}\n        ]`

function userText(user: BusUser, publicKey: string): string {
  const isForeign = (foreignUsers as readonly string[]).includes(user)
  const rights = isForeign
    ? foreignRights(user as (typeof foreignUsers)[number])
    : serviceRights(user as ServiceName) // one or the other by the test
  const publish =
    rights.publish.length === 0
      ? 'publish: { deny: ">" }'
      : `publish: { allow: ${list(rights.publish)} }`
  return `    # ${user}\n    {\n      nkey: ${publicKey}\n      permissions: {\n        ${publish}\n        subscribe: { allow: ${list(rights.subscribe)} }${isForeign ? '' : `\n        ${responses}`}\n      }\n    }`
}

/**
 * Pure: the server's users with their least rights, derived from who publishes, reads and calls what. Text for
 * nats-server's configuration; one field a line, as its parser wants.
 */
export function natsAuthorization(publicKeys: Readonly<Record<BusUser, string>>): string {
  const users = [...serviceNames, ...foreignUsers].map((user) => userText(user, publicKeys[user]))
  return `authorization {\n  users = [\n${users.join('\n')}\n  ]\n}\n`
}
