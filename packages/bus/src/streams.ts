import { type ServiceName, type StreamSpec, streams } from '@proxbox/contracts'
import {
  AckPolicy,
  DeliverPolicy,
  DiscardPolicy,
  type JetStreamManager,
  NatsError,
  nanos,
  RetentionPolicy,
  StorageType,
  type StreamConfig
} from 'nats'

/** The durable consumer by which all orchestrators share the wake-ups. */
export const workConsumer = 'orchestrators'

function configOf(spec: StreamSpec): Partial<StreamConfig> & { name: string } {
  return {
    name: spec.name,
    subjects: [...spec.subjects],
    retention: spec.retention === 'workqueue' ? RetentionPolicy.Workqueue : RetentionPolicy.Limits,
    storage: StorageType.File,
    discard: DiscardPolicy.Old,
    max_age: nanos(spec.maxAgeMs),
    max_bytes: spec.maxBytes,
    max_msg_size: spec.maxMessageBytes,
    duplicate_window: nanos(spec.duplicateWindowMs),
    allow_direct: true
  }
}

export const isMissing = (error: unknown): boolean =>
  error instanceof NatsError && error.api_error?.code === 404

/** Creates or updates the streams of their owner and reads the configuration back. @throws Error that names what differs. */
export async function ensureStreams(manager: JetStreamManager, owner: ServiceName): Promise<void> {
  for (const spec of streams.filter((one) => one.owner === owner)) {
    const wanted = configOf(spec)
    const exists = await manager.streams.info(spec.name).catch((error: unknown) => {
      if (isMissing(error)) return undefined
      throw error
    })
    const { config } =
      exists === undefined
        ? await manager.streams.add(wanted)
        : await manager.streams.update(spec.name, wanted)
    checkConfig(spec.name, wanted, config)
    if (spec.name === 'WORK') await ensureWorkConsumer(manager)
  }
}

async function ensureWorkConsumer(manager: JetStreamManager): Promise<void> {
  await manager.consumers.add('WORK', {
    durable_name: workConsumer,
    ack_policy: AckPolicy.Explicit,
    deliver_policy: DeliverPolicy.All,
    ack_wait: nanos(30_000)
  })
}

function checkConfig(name: string, wanted: Partial<StreamConfig>, stored: StreamConfig): void {
  const differing = Object.entries(wanted).filter(
    ([field, value]) => JSON.stringify(Reflect.get(stored, field)) !== JSON.stringify(value)
  )
  if (differing.length > 0)
    throw new Error(
      `stream ${name}: the server stored another ${differing.map(([field]) => field).join(', ')}`
    )
}
