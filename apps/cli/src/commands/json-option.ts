/** What may be asked of every command. */
export interface Json {
  readonly json?: boolean
}

/** For commander. */
export const json = ['--json', 'JSON and nothing else'] as const
