// Keys of guest configurations up to Proxmox VE 9.2 (qemu-server, pve-container); N stands for a number.
const words = (text: string): ReadonlySet<string> => new Set(text.split(/\s+/))

const QEMU = words(
  `acpi affinity agent allow-ksm amd-sev intel-tdx arch args audioN autostart balloon bios boot bootdisk cdrom cicustom
  cipassword citype ciupgrade ciuser cores cpu cpulimit cpuunits description digest efidiskN freeze hookscript hostpciN
  hotplug hugepages ideN ipconfigN ivshmem keephugepages keyboard kvm localtime lock machine memory meta
  migrate_downtime migrate_speed name nameserver netN numa numaN onboot ostype parallelN parent protection reboot rng0
  runningcpu running-nets-host-mtu runningmachine sataN scsiN scsihw searchdomain serialN shares smbios1 smp snaptime
  snapstate sockets spice_enhancements sshkeys startdate startup tablet tags tdf template tpmstateN unusedN usbN vcpus
  vga virtioN virtiofsN vmgenid vmstate vmstatestorage watchdog`
)
const LXC = words(
  `arch cmode console cores cpulimit cpuunits debug description devN digest entrypoint env features hookscript hostname
  lock lxc memory mpN nameserver netN onboot ostype parent protection rootfs searchdomain snaptime snapstate startup
  swap tags template timezone tty unprivileged unusedN`
)

/** Pure: the keys of a configuration that nobody here knows, sorted. */
export function unknownKeysOf(type: 'qemu' | 'lxc', keys: Iterable<string>): string[] {
  const known = type === 'qemu' ? QEMU : LXC
  const isKnown = (key: string) => known.has(key) || known.has(key.replace(/\d+$/, 'N'))
  return [...keys].filter((key) => !isKnown(key)).sort()
}
