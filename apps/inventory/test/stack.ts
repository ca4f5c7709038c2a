import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Bus, natsAuthorization, openBus, type StreamMessage } from '@proxbox/bus'
import {
  type BusUser,
  type DecisionRule,
  foreignUsers,
  type ServiceName,
  serviceNames
} from '@proxbox/contracts'
import { createNkey, openTestNats, openTestPostgres } from '@proxbox/embedded'
import { readConfig, startService } from '@proxbox/service-kit'
import { inventory } from '../src/app.ts'
import { Config } from '../src/config.ts'

const writeActions = ['created', 'updated', 'deleted']

/** The inventory on a real NATS, with rights in force, and a real Postgres. */
export async function openStack() {
  const folder = await mkdtemp(join(tmpdir(), 'proxbox-inventory-'))
  const users: readonly BusUser[] = [...serviceNames, ...foreignUsers]
  const nkeys = new Map(users.map((user) => [user, createNkey()]))
  const publicKeys = Object.fromEntries([...nkeys].map(([user, nkey]) => [user, nkey.publicKey]))
  const authorization = natsAuthorization(publicKeys as Record<BusUser, string>) // one of each user
  const [nats, postgres] = await Promise.all([openTestNats({ authorization }), openTestPostgres()])
  const encryptionKey = randomBytes(32)
  const seedOf = (user: BusUser) => nkeys.get(user)?.seed ?? ''
  const connect = (service: ServiceName): Promise<Bus> =>
    openBus({ url: nats.url, service, nkeySeed: seedOf(service), encryptionKey })
  const [gateway, collector, registry] = await Promise.all([
    connect('gateway'),
    connect('collector'),
    connect('registry')
  ])
  const decisions: (Omit<DecisionRule, 'id' | 'created'> & { netbox: string })[] = []
  const answering = await registry.serve('registry', async (_, { payload }) => {
    decisions.push(JSON.parse(payload ?? '{}'))
    const rule = { ...decisions.at(-1), id: decisions.length, created: new Date().toISOString() }
    return { status: 200, headers: {}, body: JSON.stringify(rule) }
  })
  const seedFile = join(folder, 'seed')
  await writeFile(seedFile, seedOf('inventory'), { mode: 0o600 })
  const config = readConfig(Config, {
    NATS_URL: nats.url,
    NATS_NKEY_FILE: seedFile,
    DATABASE_URL: postgres.url,
    LOG_LEVEL: 'silent'
  })
  const service = await startService(inventory, config)
  /** The change feed of one kind so far, once it tells of as many. */
  const feedOf = async (
    kind: string,
    expected: number,
    actions: readonly string[] = writeActions
  ): Promise<StreamMessage[]> => {
    for (let look = 0; look < 100; look += 1) {
      const found: StreamMessage[] = []
      for (const action of actions) {
        const parameters = { kind, action }
        const range = { parameters, from: 'first' as const, until: Number.MAX_SAFE_INTEGER }
        for await (const one of gateway.read('changes', range, AbortSignal.timeout(5000)))
          found.push(one)
      }
      if (found.length >= expected) return found.sort((a, b) => a.sequence - b.sequence)
      await sleep(50)
    }
    throw new Error(`no ${expected} changes of ${kind}`)
  }
  return {
    gateway,
    collector,
    /** What the registry was told to store as Rules. */
    decisions,
    postgresUrl: postgres.url,
    service,
    feedOf,
    async close() {
      await service.stop()
      await answering.stop()
      await Promise.all([gateway, collector, registry].map((bus) => bus.close()))
      await Promise.all([nats.stop(), postgres.stop()])
      await rm(folder, { recursive: true })
    }
  }
}
