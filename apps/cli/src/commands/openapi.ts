import { ApiError, refusalText } from '../client/api.ts'
import type { CommandContext, ExitCode } from './context.ts'

/** `proxbox openapi`: the document as the gateway serves it, JSON either way. */
export async function openapiCommand(context: CommandContext): Promise<ExitCode> {
  const api = await context.api()
  const response = await api.send({ method: 'GET', path: '/api/schema/' }, context.signal)
  if (response.status >= 400)
    throw new ApiError(response.status, refusalText(response.status, response.text))
  if (context.output.json) context.output.data(response.json())
  else context.output.text(JSON.stringify(response.json(), null, 2))
  return 0
}
