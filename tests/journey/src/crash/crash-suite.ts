import { setTimeout as sleep } from 'node:timers/promises'
import { type Bus, openBus } from '@proxbox/bus'
import { frameEventHeader, type Run } from '@proxbox/contracts'
import {
  createNetBox,
  type Fault,
  type NetBoxServer,
  openNetBoxServer
} from '@proxbox/simulator/netbox'
import { createWorld } from '@proxbox/simulator/proxmox'
import { type Lab, openLab, seedOf } from './lab.ts'
import { type CrashPoint, pointsFrom } from './points.ts'
import { strikeAt } from './strike.ts'

export { titleOf } from './points.ts'

/** What came of one crash; `faults` is empty when all held. */
export interface CrashVerdict {
  readonly faults: readonly string[]
  readonly seconds: number
  readonly attempts: number
  readonly state: string
}

export interface CrashSuite {
  readonly points: readonly CrashPoint[]
  tryPoint(point: CrashPoint): Promise<CrashVerdict>
  /** Nobody dies: NetBox commits the nth write and does not answer. */
  tryFault(fault: Fault, nth: number): Promise<CrashVerdict>
  readonly writes: number
  close(): Promise<void>
}

// Everything that waits in a recovery, shortened: a lease lasts 1 s of write timeout and 1.5 s more.
const settings = {
  PROXBOX_LEASE_MARGIN_MS: '1500',
  PROXBOX_LEASE_RENEW_MS: '200',
  PROXBOX_RUN_POLL_MS: '200',
  PROXBOX_RETRY_PAUSES_MS: '200,500,1000,1000',
  PROXBOX_CANCEL_GRACE_MS: '1000'
}
const writeTimeoutSeconds = 1
const endTimeoutMs = 60_000
const settleTimeoutMs = 30_000
// Twice the pause of an outbox that found its bus or database away.
const completeTimeoutMs = 5000

interface Suite {
  readonly lab: Lab
  readonly bus: Bus
}

interface Expected {
  readonly content: string
  readonly state: string
  readonly reads: number
  readonly writes: number
}

/** Starts the system once, syncs the world without a crash, and gives what tries one crash after the other. */
export async function openCrashSuite(options: {
  readonly seed: number
  readonly perPart: number
  readonly guests?: number
}): Promise<CrashSuite> {
  const world = createWorld({ guests: options.guests ?? 30, nodes: 3, seed: options.seed })
  const lab = await openLab({ world, env: settings, restartDelaysMs: [100, 250, 500] })
  try {
    const bus = await openBus({
      url: lab.stack.natsUrl,
      service: 'gateway',
      nkeySeed: await seedOf(lab.stack, 'gateway')
    })
    const suite = { lab, bus }
    const close = async () => {
      await bus.close()
      await lab.close()
    }
    const expected = await expectedOf(suite)
    return {
      points: pointsFrom(options.seed, options.perPart, expected),
      writes: expected.writes,
      tryPoint: (point) => tryPoint(suite, expected, point),
      tryFault: (fault, nth) => tryFault(suite, expected, { fault, nth }),
      close
    }
  } catch (error) {
    await lab.close()
    throw error
  }
}

async function expectedOf({ lab }: Suite): Promise<Expected> {
  const netbox = await openNetBoxServer({ state: createNetBox() })
  try {
    const id = await lab.addNetBox(netbox, { write_timeout: writeTimeoutSeconds })
    const run = await lab.waitForEnd(await lab.startRun(id), endTimeoutMs)
    const { reads, writes } = netbox.requests.counts()
    return { content: contentOf(netbox), state: run.state.value, reads, writes }
  } finally {
    await netbox.close()
  }
}

/** What NetBox holds, without what every NetBox has of its own: the identity in its tag. */
const contentOf = (netbox: NetBoxServer): string =>
  JSON.stringify(netbox.state.canonical(), null, 1).replaceAll(
    /proxbox-id-[a-z0-9]+-[a-z0-9]+/g,
    'proxbox-id'
  )

async function tryPoint(
  suite: Suite,
  expected: Expected,
  point: CrashPoint
): Promise<CrashVerdict> {
  return await tryRun(suite, expected, async (netbox, follow) => {
    const strike = strikeAt(suite.lab, netbox, point)
    const run = await follow(strike.done)
    return { run, faults: strike.hasStruck() ? [] : ['the point was not reached'] }
  })
}

async function tryFault(
  suite: Suite,
  expected: Expected,
  { fault, nth }: { fault: Fault; nth: number }
): Promise<CrashVerdict> {
  return await tryRun(suite, expected, async (netbox, follow) => {
    let seen = 0
    const remove = netbox.hook((phase, { method, path }) => {
      if (phase !== 'before' || method === 'GET' || method === 'OPTIONS') return
      seen += 1
      if (seen !== nth) return
      netbox.faults.add(fault, { method, path })
      remove()
    })
    const run = await follow(Promise.resolve())
    return { run, faults: seen < nth || netbox.faults.pending > 0 ? ['nothing happened'] : [] }
  })
}

type Follow = (struck: Promise<void>) => Promise<Run>
type Try = (
  netbox: NetBoxServer,
  follow: Follow
) => Promise<{ run: Run; faults: readonly string[] }>

async function tryRun({ lab, bus }: Suite, expected: Expected, body: Try): Promise<CrashVerdict> {
  const begun = performance.now()
  const netbox = await openNetBoxServer({ state: createNetBox() })
  try {
    await lab.settle(settleTimeoutMs)
    const id = await lab.addNetBox(netbox, { write_timeout: writeTimeoutSeconds })
    const { run, faults } = await body(netbox, async (struck) => {
      const started = await lab.startRun(id)
      const [ended] = await Promise.all([
        lab.waitForEnd(started, endTimeoutMs),
        Promise.race([struck, endOf(lab, started)])
      ])
      return ended
    })
    const seconds = (performance.now() - begun) / 1000
    const content = contentOf(netbox)
    await lab.settle(settleTimeoutMs)
    const writesBefore = netbox.requests.counts().writes
    const again = await lab.waitForEnd(await lab.startRun(id, settleTimeoutMs), endTimeoutMs)
    return {
      faults: [
        ...faults,
        ...(run.state.value === expected.state
          ? []
          : [`the Run is ${run.state.value}: ${JSON.stringify(run.errors).slice(0, 500)}`]),
        ...differences(expected.content, content),
        ...(again.state.value === expected.state ? [] : [`the next Run is ${again.state.value}`]),
        ...(netbox.requests.counts().writes === writesBefore
          ? []
          : [`the next Run wrote ${netbox.requests.counts().writes - writesBefore} times`]),
        ...(await frameFaults(bus, run))
      ],
      seconds,
      attempts: run.attempt,
      state: run.state.value
    }
  } finally {
    await netbox.close()
  }
}

/** Only there so that a point that is never reached does not wait for ever. */
async function endOf(lab: Lab, run: Run): Promise<void> {
  await lab.waitForEnd(run, endTimeoutMs)
}

/** Pure: the first lines in which two contents differ. */
function differences(expected: string, found: string): string[] {
  if (expected === found) return []
  const [want, have] = [expected.split('\n'), found.split('\n')]
  const at = want.findIndex((line, index) => line !== have[index])
  const around = (lines: string[]) => lines.slice(Math.max(0, at - 4), at + 3).join(' ')
  return [
    `NetBox differs (${want.length} and ${have.length} lines): ${around(want)} ≠ ${around(have)}`
  ]
}

/**
 * The feed of a Run as the stream holds it: numbers without gap, `complete` once and last. It is published after the Run
 * was settled in Postgres, so it may come a little later than the Run's end.
 */
async function frameFaults(bus: Bus, run: Run): Promise<string[]> {
  const endMs = performance.now() + completeTimeoutMs
  for (;;) {
    const frames = await readFrames(bus, run)
    const isComplete = frames.some(({ event }) => event === 'complete')
    if (isComplete || performance.now() > endMs) return faultsOf(frames)
    await sleep(500)
  }
}

interface ReadFrame {
  readonly event: string
  readonly seq: unknown
}

async function readFrames(bus: Bus, { run_id }: Run): Promise<ReadFrame[]> {
  const { lastSequence } = await bus.streamInfo('EVENTS')
  const range = { parameters: { run_id }, from: 'first', until: lastSequence } as const
  const frames: ReadFrame[] = []
  for await (const { payload, headers } of bus.read('frames', range, AbortSignal.timeout(20_000))) {
    frames.push({
      event: headers[frameEventHeader] ?? '',
      seq: Reflect.get(Object(payload), 'seq')
    })
  }
  return frames
}

/** Pure. */
function faultsOf(frames: readonly ReadFrame[]): string[] {
  const completes = frames.filter(({ event }) => event === 'complete').length
  return [
    ...frames.flatMap(({ seq }, index) =>
      seq === index + 1 ? [] : [`Frame ${index + 1} has seq ${String(seq)}`]
    ),
    ...(completes === 1 ? [] : [`${completes} complete Frames`]),
    ...(frames.at(-1)?.event === 'complete' ? [] : [`the last Frame is ${frames.at(-1)?.event}`])
  ]
}
