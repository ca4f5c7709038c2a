import { homedir } from 'node:os'
import { join } from 'node:path'

export type Environment = Readonly<Record<string, string | undefined>>
export const environment: Environment = process.env

/** Pure: where all local state is: PROXBOX_HOME, else `$XDG_STATE_HOME/proxbox`, else `~/.local/state/proxbox`. */
export const homeOf = (env: Environment): string => env.PROXBOX_HOME || join(env.XDG_STATE_HOME || join(homedir(), '.local', 'state'), 'proxbox')
