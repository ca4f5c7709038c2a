// The one door of every npm script: makes a bare clone runnable, then runs the command in the
// Node that the project brings along. No dependencies; any Node from 20 on can read it.
import { commands } from './bootstrap/commands.mjs'
import { prepareInstall } from './bootstrap/install.mjs'
import { Missing } from './bootstrap/missing.mjs'
import { chooseNode } from './bootstrap/node.mjs'
import { prepareTap } from './bootstrap/tap.mjs'

const [name = '', ...args] = process.argv.slice(2)

try {
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (!command) {
    throw new Missing(`usage: node tools/bootstrap.mjs <${Object.keys(commands).join('|')}> [args]`)
  }
  await prepareInstall()
  const node = chooseNode()
  if (command.usesTap) await prepareTap(node)
  process.exitCode = await command.run(node, args)
} catch (error) {
  if (!(error instanceof Missing)) throw error
  console.error(`proxbox: ${error.message}`)
  process.exitCode = 1
}
