import { createWorld } from '@proxbox/simulator/proxmox'
import { type Lab, openLab } from '@proxbox/test-journey/lab'
import { type FanOut, measureFanOut } from './fan-out.ts'
import { type Measured, measureRun } from './measure-runs.ts'
import { readServicesPss, type ServicePss } from './pss.ts'
import { isRead, type Recorded } from './recording-proxy.ts'
import { type ReplayTarget, replay, send, wavesFrom } from './replay.ts'
import { authorizationOf, type MeasuredNetBox, openTarget, type Target } from './targets.ts'

const nodes = 3
const seed = 7

/** A guest of the benchmarks runs and has one NIC, disk, MAC and address each. */
const openBenchLab = (guests: number): Promise<Lab> =>
  openLab({
    world: createWorld({ guests, nodes, seed, simple: true }),
    // Many calls to one host: the pace of the simulated workers is not what is measured.
    proxmox: { workers: false }
  })

export interface SizeResult {
  readonly guests: number
  readonly first: Measured
  readonly unchanged: Measured
}

/** A first Run and one in which nothing has changed. */
export async function benchSize(netbox: MeasuredNetBox, guests: number): Promise<SizeResult> {
  const lab = await openBenchLab(guests)
  try {
    const target = await openTarget(netbox)
    try {
      const endpointId = await lab.addNetBox(target)
      const first = await measureRun(lab, { target, endpointId })
      const unchanged = await measureRun(lab, { target, endpointId })
      return { guests, first, unchanged }
    } finally {
      await target.close()
    }
  } finally {
    await lab.close()
  }
}

export interface IdleResult {
  readonly idle: ServicePss
  readonly fanOut: FanOut
}

/** What the services cost when nothing happens, then how fast the gateway hands Frames on. */
export async function benchIdle(
  options: { readonly clients: number; readonly frames: number },
  rest: () => Promise<unknown>
): Promise<IdleResult> {
  const lab = await openBenchLab(1)
  try {
    await rest()
    const idle = await readServicesPss(lab)
    return { idle, fanOut: await measureFanOut(lab, options) }
  } finally {
    await lab.close()
  }
}

export interface ReplayResult {
  readonly guests: number
  readonly waves: number
  readonly writes: number
  readonly runSeconds: readonly number[]
  /** Of a Run, from its first write to the answer to its last. */
  readonly writingSeconds: readonly number[]
  readonly replaySeconds: readonly number[]
  /** Medians divided. */
  readonly ratio: number
  readonly unchangedSeconds: readonly number[]
  readonly bareReadSeconds: readonly number[]
  readonly readRatio: number
}

/** First Runs and replays of their writes in turn, each on an emptied NetBox; and unchanged Runs and bare reads. */
export async function benchReplay(
  netbox: MeasuredNetBox,
  { guests, rounds, log }: { guests: number; rounds: number; log: (line: string) => void }
): Promise<ReplayResult> {
  const times = { run: [], writing: [], replay: [], unchanged: [], bare: [] } as Record<
    string,
    number[]
  >
  const note = (name: keyof typeof times, seconds: number) => {
    times[name]?.push(seconds)
    log(`${name} ${seconds.toFixed(1)} s`)
  }
  let waves: ReturnType<typeof wavesFrom> = []
  for (let round = 1; round <= rounds; round += 1) {
    const target = await openTarget(netbox)
    try {
      const recorded = await measureRuns(target, guests, note)
      waves = wavesFrom(recorded)
      await netbox.reset()
      // Through the same door as the Run: what recording costs is not the Run's.
      note('replay', await replay(waves, doorOf(target)))
    } finally {
      await target.close()
    }
  }
  const { run = [], writing = [], replay: replayed = [], unchanged = [], bare = [] } = times
  return {
    guests,
    waves: waves.length,
    writes: waves.flat(2).length,
    runSeconds: run,
    writingSeconds: writing,
    replaySeconds: replayed,
    ratio: medianOf(run) / medianOf(replayed),
    unchangedSeconds: unchanged,
    bareReadSeconds: bare,
    readRatio: medianOf(unchanged) / medianOf(bare)
  }
}

type Note = (name: 'run' | 'writing' | 'unchanged' | 'bare', seconds: number) => void

/** A first Run, an unchanged one, and a bare read of its pages. @returns what the first Run asked */
async function measureRuns(
  target: Target,
  guests: number,
  note: Note
): Promise<readonly Recorded[]> {
  // A database of its own each time: what one round's Ledger knows must not help the next.
  const lab = await openBenchLab(guests)
  try {
    const endpointId = await lab.addNetBox(target)
    note('run', (await measureRun(lab, { target, endpointId })).seconds)
    const recorded = [...target.requests]
    note('writing', spanOf(recorded.filter((one) => !isRead(one))))
    note('unchanged', (await measureRun(lab, { target, endpointId })).seconds)
    note('bare', await readAgain(target))
    return recorded
  } finally {
    await lab.close()
  }
}

const doorOf = ({ url, token }: Target): ReplayTarget => ({
  url,
  authorization: authorizationOf(token)
})

/** Pure: seconds from the first to the last of these requests. */
const spanOf = (requests: readonly Recorded[]): number =>
  (Math.max(...requests.map(({ endedMs }) => endedMs)) -
    Math.min(...requests.map(({ beganMs }) => beganMs))) /
  1000

// As many tables at once as the client reads.
const readLanes = 4

/** The same pages once more, and nothing else. @returns seconds */
async function readAgain(target: Target): Promise<number> {
  const reads = target.requests.filter(isRead)
  const door = doorOf(target)
  const begun = performance.now()
  let next = 0
  const lane = async () => {
    for (let read = reads[next++]; read !== undefined; read = reads[next++])
      await send(read, undefined, door)
  }
  await Promise.all(Array.from({ length: readLanes }, lane))
  return (performance.now() - begun) / 1000
}

/** Pure. */
function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const [low = Number.NaN, high = low] = sorted.slice(Math.ceil(sorted.length / 2) - 1, middle + 1)
  return (low + high) / 2
}
