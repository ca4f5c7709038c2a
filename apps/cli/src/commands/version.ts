import { version } from '../version.ts'
import type { CommandContext, ExitCode } from './context.ts'

/** `proxbox version` */
export async function versionCommand({ output }: CommandContext): Promise<ExitCode> {
  const facts = { version, node: process.versions.node }
  if (output.json) output.data(facts)
  else output.text(`proxbox ${facts.version} (Node ${facts.node})`)
  return 0
}
