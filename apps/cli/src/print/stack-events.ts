import type { ChildEvent } from '@proxbox/embedded'
import type { Output } from './output.ts'

/** Tells a person what happens to the parts of the stack. */
export interface StackEvents {
  readonly show: (event: ChildEvent) => void
  readonly log: (text: string) => void
  /** From now on only what goes wrong is told. */
  readonly started: () => void
}

export function openStackEvents(output: Output): StackEvents {
  let isStarting = true
  const { green, red, yellow, dim } = output.color
  const tell = output.json ? () => undefined : output.text
  const lost = new Set<string>()
  return {
    show: ({ child, state, detail }) => {
      if (state === 'ready' && (isStarting || lost.delete(child)))
        tell(`${green('✓')} ${child} ${dim(detail)}`)
      if (state === 'exited') {
        lost.add(child)
        tell(`${yellow('!')} ${child} ended (${detail}) and is started again`)
      }
      // What fails first is told once, by the command's own sentence.
      if (state === 'failed' && !isStarting) tell(`${red('✗')} ${child}: ${detail.split('\n')[0]}`)
    },
    log: (text) => tell(dim(`  ${text}`)),
    started: () => {
      isStarting = false
    }
  }
}
