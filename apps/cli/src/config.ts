import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export type Environment = Readonly<Record<string, string | undefined>>
export const environment: Environment = process.env

/** The checkout that this file belongs to. */
export const checkout = fileURLToPath(new URL('../../../', import.meta.url))

/** Pure: where all local state is: PROXBOX_HOME, else `$XDG_STATE_HOME/proxbox`, else `~/.local/state/proxbox`. */
export const homeOf = (env: Environment): string =>
  env.PROXBOX_HOME || join(env.XDG_STATE_HOME || join(homedir(), '.local', 'state'), 'proxbox')

/** Where the demo keeps its state: PROXBOX_HOME, else in the checkout. */
export const demoHomeOf = (env: Environment): string =>
  env.PROXBOX_HOME || join(checkout, '.proxbox', 'demo')
