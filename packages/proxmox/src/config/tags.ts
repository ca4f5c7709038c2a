/** Pure: tags as Proxmox shows them, each once; split like PVE::Tools::split_list. */
export function tagsFrom(text: string): string[] {
  return [...new Set(text.split(/[,;\s\0]+/).filter((tag) => tag !== ''))]
}
