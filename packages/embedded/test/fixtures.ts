import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Test } from 'tap'
import { readCommandLine } from '../src/end-orphan.ts'

/** A fresh folder, removed after the test. */
export async function freshFolder(t: Test): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'proxbox-embedded-test-'))
  t.teardown(() => rm(folder, { recursive: true, force: true, maxRetries: 3 }))
  return folder
}

/** Waits until the question gets a truthy answer; fails after the time. */
export async function until<Answer>(
  question: () => Answer | Promise<Answer>,
  timeoutMs = 10_000
): Promise<NonNullable<Answer>> {
  for (const end = performance.now() + timeoutMs; performance.now() < end; await sleep(20)) {
    const answer = await question()
    if (answer) return answer
  }
  throw new Error(`not within ${timeoutMs} ms: ${question}`)
}

/** Waits until none of the processes is left, and names those that are. */
export async function untilGone(pids: readonly number[], timeoutMs = 10_000): Promise<void> {
  await until(async () => {
    const commands = await Promise.all(pids.map((pid) => readCommandLine(pid)))
    return commands.every((command) => command === undefined)
  }, timeoutMs)
}
