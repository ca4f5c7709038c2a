import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { readConfig } from '../src/config.ts'
import { scenarios } from '../src/scenarios/index.ts'
import { type RecordedAnswer, recordedFrom } from '../src/scenarios/recorded.ts'
import { type Answer, runScenario } from '../src/scenarios/run-scenario.ts'
import type { Scenario } from '../src/scenarios/scenario.ts'
import { openRealSide, openSimulatorSide } from '../src/scenarios/targets.ts'

const FILE = join(import.meta.dirname, 'recordings/netbox-4.7.3.json')

const config = readConfig()
const signal = AbortSignal.timeout(1_400_000)
// Written by this file when PROXBOX_CONFORMANCE_RECORD is set.
const recordings = JSON.parse(await readFile(FILE, 'utf8')) as Record<string, RecordedAnswer[]>

const only = process.env.PROXBOX_CONFORMANCE_ONLY
const chosen = scenarios.filter(({ name }) => only === undefined || name.includes(only))

t.test('scenarios have names of their own', async (t) => {
  t.equal(new Set(scenarios.map(({ name }) => name)).size, scenarios.length)
})

const simulator = await openSimulatorSide()
t.teardown(() => simulator.close())
const real = config.wantsReal
  ? await openRealSide(config, (line) => t.comment(line), signal)
  : undefined
t.teardown(() => real?.close())

const mustRecord = real !== undefined && process.env.PROXBOX_CONFORMANCE_RECORD === '1'

for (const scenario of chosen) {
  t.test(scenario.name, async (t) => {
    const simulated = await runScenario(await simulator.fresh(signal), scenario, signal)
    t.same(
      simulated.map(({ status }) => status),
      scenario.steps.map(({ gives }) => gives),
      'the simulator gives the statuses of the scenario'
    )
    if (real) {
      const told = await runScenario(await real.fresh(signal), scenario, signal)
      t.same(
        told.map(({ status }) => status),
        scenario.steps.map(({ gives }) => gives),
        'NetBox gives the statuses of the scenario'
      )
      if (mustRecord) recordings[scenario.name] = recordedFrom(scenario, told)
      for (const [index, answer] of told.entries()) {
        const pair = [simulated[index], answer].map((one) => comparable(scenario, index, one))
        t.same(pair[0], pair[1], `step ${answer.step} is answered alike`)
      }
    }
    t.same(
      recordedFrom(scenario, simulated),
      recordings[scenario.name],
      'the simulator answers as NetBox was recorded'
    )
  })
}

if (mustRecord) {
  t.test('the recording is written', async () => {
    await writeFile(FILE, `${JSON.stringify(recordings, null, 2)}\n`)
  })
}

function comparable(scenario: Scenario, index: number, answer: Answer | undefined): unknown {
  if (answer === undefined) return undefined
  if (scenario.steps[index]?.compare !== 'seen') return answer
  return recordedFrom({ ...scenario, steps: scenario.steps.slice(index, index + 1) }, [answer])
}
