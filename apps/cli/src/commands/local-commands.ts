import type { Command } from 'commander'
import type { Perform } from './context.ts'
import { upCommand } from './up.ts'

/** The commands that run something on this machine. */
export function addLocalCommands(program: Command, perform: Perform): void {
  program
    .command('up')
    .description('run the whole system until Ctrl-C')
    .option('--json', 'one object on the first line once it runs')
    .action(({ json = false }: { json?: boolean }) => perform(json, upCommand))
}
