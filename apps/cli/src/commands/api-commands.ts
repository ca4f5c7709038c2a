import type { Command } from 'commander'
import type { Perform } from './context.ts'
export function addApiCommands(_program: Command, _perform: Perform): void {}
