import { mkdir, writeFile } from 'node:fs/promises'
import { loadavg } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { openCrashSuite, titleOf } from '@proxbox/test-journey/crash'
import { benchIdle, benchReplay, benchSize, type SizeResult } from '../src/benchmarks.ts'
import { benchPlan } from '../src/plan/bench-plan.ts'
import { idleTable, planTable, replayTable, sizesTable } from '../src/tables.ts'
import { type MeasuredNetBox, openNetBox } from '../src/targets.ts'

const usage = `npm run bench -- [--guests 100,1000] [--netbox simulator|real] [--replay [--rounds 3]]
               [--idle] [--reset-command CMD]
npm run bench -- crash [--points 20] [--seed N]
npm run bench -- plan [--guests 1000,3000,10000] [--rounds 3]

--netbox real     NETBOX_URL and NETBOX_TOKEN (emptied by --reset-command), else one from PyPI is started
--replay          first Runs against replays of their writes on a real NetBox, in turn; takes --guests' last size
plan              seconds and memory of planning, in process; exit code 1 when over budget
--idle            memory of idle services and the fan-out of Frames only
results           as a table, and as JSON in bench-results/`

const results = resolve(import.meta.dirname, '../../../bench-results')
const say = (line: string) => console.log(line)
const log = (line: string) => console.error(`${new Date().toISOString()} ${line}`)

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    guests: { type: 'string' },
    netbox: { type: 'string' },
    replay: { type: 'boolean', default: false },
    idle: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '3' },
    'reset-command': { type: 'string' },
    points: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
    help: { type: 'boolean', default: false }
  }
})

const sizesFrom = (text: string) => text.split(',').map((one) => numberFrom('--guests', one))
const sizes = sizesFrom(values.guests ?? '100,1000')

function numberFrom(name: string, text: string): number {
  const number = Number(text)
  if (!Number.isInteger(number) || number < 1)
    throw new Error(`${name}: ${text} is no number from 1 on`)
  return number
}

function kindFrom(text: string): 'simulator' | 'real' {
  if (text === 'simulator' || text === 'real') return text
  throw new Error(`--netbox: ${text} is neither simulator nor real`)
}

const loads = () => loadavg().map((load) => Number(load.toFixed(2)))

async function keep(name: string, result: object): Promise<void> {
  await mkdir(results, { recursive: true })
  const at = new Date().toISOString()
  const file = join(results, `${name}-${at.replaceAll(/[:.]/g, '-')}.json`)
  await writeFile(file, `${JSON.stringify({ at, load_average: loads(), ...result }, null, 2)}\n`)
  say(`\nload average ${loads().join(' ')}; ${file}`)
}

async function withNetBox<T>(
  kind: 'simulator' | 'real',
  work: (netbox: MeasuredNetBox) => Promise<T>
): Promise<T> {
  const netbox = await openNetBox({ kind, resetCommand: values['reset-command'], log })
  try {
    return await work(netbox)
  } finally {
    await netbox.close()
  }
}

async function runSizes(): Promise<void> {
  const kind = kindFrom(values.netbox ?? 'simulator')
  await withNetBox(kind, async (netbox) => {
    const measured: SizeResult[] = []
    for (const guests of sizes) {
      log(`${guests} guests, ${netbox.title}`)
      measured.push(await benchSize(netbox, guests))
    }
    say(`\n${netbox.title}\n${sizesTable(measured)}`)
    await keep(`runs-${kind}`, { netbox: netbox.title, runs: measured })
  })
}

// Longer than a start's garbage lives.
const restMs = 20_000

async function runIdle(): Promise<void> {
  log('idle services, fan-out')
  const idle = await benchIdle({ clients: 200, frames: 500 }, () => sleep(restMs))
  say(`\n${idleTable(idle)}`)
  await keep('idle', idle)
}

async function runReplay(): Promise<void> {
  await withNetBox('real', async (netbox) => {
    const guests = sizes.at(-1) ?? 1000
    const rounds = numberFrom('--rounds', values.rounds)
    const result = await benchReplay(netbox, { guests, rounds, log })
    say(`\n${netbox.title}\n${replayTable(result)}`)
    await keep('replay', { netbox: netbox.title, ...result })
  })
}

/** @returns how many points failed */
async function runCrash(): Promise<number> {
  const perPart = numberFrom('--points', values.points)
  const suite = await openCrashSuite({ seed: numberFrom('--seed', values.seed), perPart })
  const verdicts: object[] = []
  let failed = 0
  try {
    for (const point of suite.points) {
      const verdict = await suite.tryPoint(point)
      if (verdict.faults.length > 0) failed += 1
      verdicts.push({ ...point, ...verdict })
      const { seconds, attempts, faults } = verdict
      say(
        `${faults.length === 0 ? 'ok  ' : 'FAIL'} ${titleOf(point)} (${seconds.toFixed(1)} s, ${attempts} attempts) ${faults.join('; ')}`
      )
    }
  } finally {
    await suite.close()
  }
  say(`\n${suite.points.length - failed} of ${suite.points.length} points held`)
  await keep('crash', { seed: Number(values.seed), points: verdicts })
  return failed
}

/** @returns whether all budgets were kept */
async function runPlan(): Promise<boolean> {
  const planSizes = sizesFrom(values.guests ?? '1000,3000,10000')
  const result = await benchPlan(planSizes, numberFrom('--rounds', values.rounds), log)
  say(`\n${planTable(result)}`)
  await keep('plan', result)
  return result.overBudget.length === 0
}

if (values.help) say(usage)
else if (positionals[0] === 'plan') process.exitCode = (await runPlan()) ? 0 : 1
else if (positionals[0] === 'crash') process.exitCode = (await runCrash()) === 0 ? 0 : 1
else if (positionals.length > 0) {
  say(usage)
  process.exitCode = 1
} else if (values.replay) await runReplay()
else {
  if (!values.idle) await runSizes()
  if (values.idle || values.netbox === undefined) await runIdle()
}
