const dayMs = 86_400_000

/** Pure: is it missing for more than so many days? Never in the Run that noticed it first. */
export const isOverdue = (since: string | null, days: number, now: string): boolean =>
  since !== null && Date.parse(now) - Date.parse(since) >= days * dayMs && now !== since
