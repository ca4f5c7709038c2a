import type { AddressEvidence } from './evidence.ts'

/** An address that a guest or node has, before it is decided whether it becomes an Item. */
export interface Candidate {
  readonly interfaceKey: string
  readonly host: string
  readonly bits: number
  /** Guest or node that has it, for people. */
  readonly holder: string
  readonly fixed: boolean
  /** Of a guest's address: who tells it. */
  readonly evidence?: AddressEvidence
}
