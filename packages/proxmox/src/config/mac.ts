/** Pure: upper case with colons; undefined for anything else and for the all-zero address of loopbacks. */
export function macFrom(text: string | undefined | null): string | undefined {
  const mac = (text ?? '').trim().replaceAll('-', ':').toUpperCase()
  if (!/^([0-9A-F]{2}:){5}[0-9A-F]{2}$/.test(mac) || /^[0:]+$/.test(mac)) return undefined
  return mac
}
