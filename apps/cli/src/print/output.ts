import Table from 'cli-table3'
import picocolors from 'picocolors'

/** Where a command writes: people get tables and colours, `--json` gets JSON and nothing else. */
export interface Output {
  readonly json: boolean
  readonly isTerminal: boolean
  readonly color: ReturnType<typeof picocolors.createColors>
  text(line: string): void
  note(line: string): void
  data(value: unknown): void
  table(head: readonly string[], rows: readonly (readonly unknown[])[]): void
}

export interface Streams {
  readonly stdout: NodeJS.WritableStream & { isTTY?: boolean }
  readonly stderr: NodeJS.WritableStream & { isTTY?: boolean }
}

export function openOutput(streams: Streams, json: boolean): Output {
  const isTerminal = streams.stdout.isTTY === true
  const line = (stream: NodeJS.WritableStream, text: string) => {
    stream.write(`${text}\n`)
  }
  return {
    json,
    isTerminal,
    color: picocolors.createColors(isTerminal && !json && picocolors.isColorSupported),
    text: (text) => line(streams.stdout, text),
    note: (text) => line(streams.stderr, text),
    data: (value) => line(streams.stdout, JSON.stringify(value)),
    table(head, rows) {
      const plain = {
        top: '',
        'top-mid': '',
        'top-left': '',
        'top-right': '',
        bottom: '',
        'bottom-mid': '',
        'bottom-left': '',
        'bottom-right': '',
        left: '',
        'left-mid': '',
        mid: '',
        'mid-mid': '',
        right: '',
        'right-mid': '',
        middle: '  '
      }
      const table = new Table({
        head: [...head],
        chars: plain,
        colAligns: head.map((_, at) =>
          rows.length > 0 && rows.every((row) => typeof row[at] === 'number') ? 'right' : 'left'
        ),
        style: {
          head: isTerminal ? ['bold'] : [],
          border: [],
          'padding-left': 0,
          'padding-right': 0
        }
      })
      for (const row of rows)
        table.push(row.map((cell) => (cell === null || cell === undefined ? '' : String(cell))))
      line(streams.stdout, table.toString().replace(/ +$/gm, ''))
    }
  }
}
