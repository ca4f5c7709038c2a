import { setTimeout as sleep } from 'node:timers/promises'
import type { StreamMessage } from '@proxbox/bus'
import { openTestBus } from '@proxbox/bus/testing'
import { type DecisionRule, errorFacts, type InUse, ProxboxError } from '@proxbox/contracts'
import { openTestPostgres } from '@proxbox/embedded'
import { readConfig, startService } from '@proxbox/service-kit'
import type { Static } from 'typebox'
import { inventory } from '../src/app.ts'
import { Config } from '../src/config.ts'

const writeActions = ['created', 'updated', 'deleted']

/** The inventory on a real NATS, with rights in force, and a real Postgres. */
export async function openStack() {
  const [nats, postgres] = await Promise.all([openTestBus(), openTestPostgres()])
  const [gateway, collector, registry, orchestrator] = await Promise.all([
    nats.connect('gateway'),
    nats.connect('collector'),
    nats.connect('registry'),
    nats.connect('orchestrator')
  ])
  await orchestrator.ensureStreams('orchestrator')
  const decisions: (Omit<DecisionRule, 'id' | 'created'> & { netbox: string })[] = []
  const inUse: { current: Static<typeof InUse> | undefined; asked: number } = {
    current: undefined,
    asked: 0
  }
  const answering = await registry.serve('registry', async ({ operationId }, { payload }) => {
    if (operationId === 'readInUse') {
      inUse.asked += 1
      return inUseReply(inUse.current)
    }
    decisions.push(JSON.parse(payload ?? '{}'))
    const rule = { ...decisions.at(-1), id: decisions.length, created: new Date().toISOString() }
    return { status: 200, headers: {}, body: JSON.stringify(rule) }
  })
  const config = readConfig(Config, {
    ...(await nats.environmentOf('inventory')),
    DATABASE_URL: postgres.url
  })
  let service = await startService(inventory, config)
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
    /** What the registry says is in use, and how often it was asked; while it says nothing, it is away. */
    inUse,
    /** The registry tells of an Endpoint. */
    async tell(event: 'removed' | 'changed' | 'reachable') {
      const payload = { kind: 'netbox', id: 1, name: 'main', event, at: new Date().toISOString() }
      await registry.publish('endpoints', { kind: 'netbox', id: 1, event }, payload)
    },
    /** The inventory is away meanwhile. */
    async without(work: () => Promise<void>) {
      await service.stop()
      await work()
      service = await startService(inventory, config)
    },
    /** What the registry was told to store as Rules. */
    decisions,
    postgresUrl: postgres.url,
    feedOf,
    async close() {
      await service.stop()
      await answering.stop()
      await Promise.all([gateway, collector, registry, orchestrator].map((one) => one.close()))
      await Promise.all([nats.close(), postgres.stop()])
    }
  }
}

function inUseReply(inUse: Static<typeof InUse> | undefined) {
  if (inUse !== undefined) return { status: 200, headers: {}, body: JSON.stringify(inUse) }
  const away = new ProxboxError('DATABASE_UNAVAILABLE')
  return { status: away.status, headers: {}, body: JSON.stringify(errorFacts(away)) }
}
