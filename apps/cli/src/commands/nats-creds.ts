import { foreignUsers } from '@proxbox/contracts'
import { ApiError } from '../client/api.ts'
import { homeOf } from '../config.ts'
import { homeAt, readIfThere } from '../stack/home.ts'
import type { CommandContext, ExitCode } from './context.ts'

/** `proxbox nats creds integration|partner`: what a client in any language needs to connect. */
export async function natsCredsCommand(
  { env, output }: CommandContext,
  name: string
): Promise<ExitCode> {
  const user = foreignUsers.find((one) => one === name)
  if (user === undefined)
    throw new ApiError(400, `"${name}" is no user of the bus; use ${foreignUsers.join(' or ')}.`)
  if (env.NATS_URL)
    throw new ApiError(400, 'NATS_URL is set: the users of that server are kept there, not here.')
  const home = homeAt(homeOf(env))
  const seed = (await readIfThere(home.seedFile(user)))?.trim()
  if (seed === undefined)
    throw new ApiError(404, `${home.path} has no users of the bus yet: start it with "proxbox up".`)
  const url = (await readIfThere(home.natsUrlFile))?.trim() ?? null
  if (output.json) {
    output.data({ user, url, nkey_seed: seed })
    return 0
  }
  output.text(`address    ${url ?? 'none: the bus is not running, start it with "proxbox up"'}`)
  output.text(`user       ${user}`)
  output.text(`nkey seed  ${seed}`)
  output.text('It subscribes to proxbox.runs.>, proxbox.changes.> and proxbox.endpoints.>')
  if (user === 'partner')
    output.text('and calls proxbox.svc.gateway.> with an API token in the header Authorization.')
  return 0
}
