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
  readonly stdout: NodeJS.WritableStream & { isTTY?: boolean; columns?: number }
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
      const cells = rows.map((row) => row.map(cellText))
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
        ...(isTerminal ? fitted([head, ...cells], streams.stdout.columns ?? 0) : {}),
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
      for (const row of cells) table.push(row)
      line(streams.stdout, table.toString().replace(/ +$/gm, ''))
    }
  }
}

const cellText = (cell: unknown): string =>
  cell === null || cell === undefined ? '' : String(cell)

/** Narrower than this a sentence is no sentence any more: then the terminal breaks the lines. */
const narrowest = 24
const between = 2

/** Pure: the last column, which holds sentences, wraps within the terminal instead of below the other columns. */
function fitted(lines: readonly (readonly string[])[], columns: number) {
  const widths = (lines[0] ?? []).map((_, at) =>
    Math.max(...lines.map((line) => line[at]?.length ?? 0))
  )
  const last = widths.pop() ?? 0
  const room = columns - widths.reduce((sum, width) => sum + width + between, 0)
  return room < narrowest || last <= room ? {} : { colWidths: [...widths, room], wordWrap: true }
}
