import { Writable } from 'node:stream'
import { runCli } from '@proxbox/cli'
import type { Journey } from './journey.ts'

/** What a command line has said, on both streams, and its exit code. */
export interface Said {
  readonly code: number
  readonly text: string
}

/** A person types `proxbox …` at the stack of a journey. */
export async function typeCommand({ stack }: Pick<Journey, 'stack'>, line: string): Promise<Said> {
  let text = ''
  const sink = () =>
    new Writable({
      write(chunk, _encoding, done) {
        text += String(chunk)
        done()
      }
    })
  const environment = { PROXBOX_URL: stack.url, PROXBOX_TOKEN: stack.adminToken }
  const streams = { stdout: sink(), stderr: sink(), signal: AbortSignal.timeout(60_000) }
  const code = await runCli(line.split(' '), environment, streams)
  return { code, text }
}

/** What a command said that must succeed. @throws Error with what it said instead */
export async function mustSay(journey: Pick<Journey, 'stack'>, line: string): Promise<string> {
  const { code, text } = await typeCommand(journey, line)
  if (code !== 0) throw new Error(`proxbox ${line}: ${text}`)
  return text
}
