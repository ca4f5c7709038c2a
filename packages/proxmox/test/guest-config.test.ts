import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import t from 'tap'
import './config.ts'
import { guestConfigFrom, guestInterfacesFrom } from '../src/index.ts'

const disk = (type: 'qemu' | 'lxc', slot: string, text: string) =>
  guestConfigFrom(type, { [slot]: text }).disks[0]
const nic = (type: 'qemu' | 'lxc', text: string, more = {}) =>
  guestConfigFrom(type, { net0: text, ...more }).nics[0]

t.test('drives of virtual machines (PVE::QemuServer::Drive)', async (t) => {
  const table: [string, string, object][] = [
    [
      'scsi0',
      'local-lvm:vm-100-disk-0,discard=on,size=32G',
      { storage: 'local-lvm', volume: 'vm-100-disk-0', sizeBytes: 32 * 2 ** 30, media: 'disk' }
    ],
    [
      'scsi1',
      'size=1.5T,file=nas:100/vm-100-disk-1.qcow2',
      { sizeBytes: 1.5 * 2 ** 40, format: 'qcow2' }
    ],
    ['virtio0', 'zfs:base-9000-disk-0/vm-100-disk-0,size=4194304K', { sizeBytes: 2 ** 32 }],
    ['ide2', 'local:iso/x.iso,media=cdrom,size=628K', { media: 'cdrom', volume: 'iso/x.iso' }],
    ['ide2', 'none,media=cdrom', { media: 'cdrom' }],
    ['ide3', 'cdrom,media=cdrom', { media: 'cdrom' }],
    ['ide0', 'local-lvm:vm-100-cloudinit,media=cdrom,size=4M', { media: 'cloud-init' }],
    ['ide0', 'dir:100/vm-100-cloudinit.qcow2,media=cdrom', { media: 'cloud-init' }],
    [
      'efidisk0',
      'local-lvm:vm-100-disk-1,efitype=4m,size=528K',
      { media: 'efi', sizeBytes: 528 * 1024 }
    ],
    ['tpmstate0', 'local-lvm:vm-100-disk-2,size=4M,version=v2.0', { media: 'tpm' }],
    ['unused0', 'local-lvm:vm-100-disk-3', { media: 'unused', volume: 'vm-100-disk-3' }],
    ['sata0', '/dev/disk/by-id/ata-X_1:2,serial=9', { media: 'passthrough' }],
    ['scsi2', 'lvm:vm-100-disk-4,size=1073741824', { sizeBytes: 2 ** 30 }],
    ['scsi3', 'lvm:vm-100-disk-5,size=big,future=1', { media: 'disk' }]
  ]
  for (const [slot, text, expected] of table) {
    t.match(disk('qemu', slot, text), { slot, ...expected }, text)
  }
  t.notOk(disk('qemu', 'ide2', 'none,media=cdrom')?.storage, 'an empty drive has no storage')
  t.notOk(disk('qemu', 'sata0', '/dev/disk/by-id/a:b')?.volume, 'a path is no volume')
  t.notOk(disk('qemu', 'scsi3', 'lvm:x,size=big')?.sizeBytes, 'what is no size is not known')
  t.match(guestConfigFrom('qemu', { cdrom: 'none' }).disks, [{ slot: 'ide2', media: 'cdrom' }])
})

t.test('volumes of containers (PVE::LXC::Config)', async (t) => {
  const table: [string, string, object][] = [
    ['rootfs', 'local-zfs:subvol-101-disk-0,size=8G', { media: 'disk', mountPoint: '/' }],
    ['mp0', '/srv/data,mp=/data', { media: 'bind', mountPoint: '/data' }],
    ['mp1', '/dev/sdb1,mp=/raw', { media: 'passthrough' }],
    [
      'mp2',
      'mp=/x,volume=nas:101/vm-101-disk-1.raw,size=2T',
      { format: 'raw', sizeBytes: 2 ** 41 }
    ],
    ['unused0', 'local-zfs:subvol-101-disk-9', { media: 'unused' }]
  ]
  for (const [slot, text, expected] of table) {
    t.match(disk('lxc', slot, text), { slot, ...expected }, text)
  }
  t.notOk(disk('lxc', 'mp0', 'z:subvol,size=0T')?.sizeBytes, '0T has no limit')
})

t.test('network cards', async (t) => {
  t.strictSame(
    nic(
      'qemu',
      'virtio=bc:24:11:aa:bb:cc,bridge=vmbr0,tag=5,trunks=10;20-22;4093-9999,firewall=1,rate=12.5',
      {
        ipconfig0: 'ip=192.0.2.5/24,gw=192.0.2.1,ip6=2001:DB8::1/64'
      }
    ),
    {
      slot: 'net0',
      model: 'virtio',
      mac: 'BC:24:11:AA:BB:CC',
      bridge: 'vmbr0',
      vlan: 5,
      trunks: [10, 20, 21, 22, 4093, 4094],
      linkDown: false,
      firewall: true,
      addresses: ['192.0.2.5/24', '2001:db8::1/64'],
      rateMBps: 12.5
    }
  )
  t.match(nic('qemu', 'model=e1000,macaddr=BC:24:11:00:00:01,link_down=1'), {
    model: 'e1000',
    mac: 'BC:24:11:00:00:01',
    linkDown: true
  })
  t.equal(nic('qemu', 'virtio,bridge=vmbr0')?.model, 'virtio', 'a bare model')
  t.equal(nic('qemu', 'bridge=vmbr0,newnic=BC:24:11:00:00:02')?.model, 'newnic', 'a newer model')
  t.match(
    nic('lxc', 'name=eth0,bridge=vmbr1,hwaddr=BC:24:11:00:00:03,ip=dhcp,ip6=auto,type=veth'),
    {
      guestName: 'eth0',
      model: 'veth',
      addresses: []
    }
  )
  const config = guestConfigFrom('qemu', { net10: 'virtio', net2: 'virtio', net0: 'virtio' })
  t.strictSame(
    config.nics.map((one) => one.slot),
    ['net0', 'net2', 'net10']
  )
})

t.test('the rest of a configuration', async (t) => {
  const qemu = guestConfigFrom('qemu', {
    name: 100,
    memory: 'current=4096',
    sockets: '2',
    cores: 4,
    agent: 'type=virtio,1',
    onboot: '',
    template: '1',
    tags: 'web;db, web foo',
    description: 'notes \n\n',
    smbios1: 'uuid=16B3DC12-B0CF-45ED-AA79-632FA09922F4,base64=1,serial=U04x',
    vmgenid: '0',
    meta: 'creation-qemu=8.1.5,ctime=1735068140',
    machine: 'pc-q35-9.0,viommu=intel',
    'future-key': { nested: true },
    scsi0: 'a:b'
  })
  t.match(qemu, {
    name: '100',
    memoryMiB: 4096,
    vcpus: 8,
    agentEnabled: true,
    onBoot: false,
    template: true,
    tags: ['web', 'db', 'foo'],
    description: 'notes',
    smbiosUuid: '16b3dc12-b0cf-45ed-aa79-632fa09922f4',
    smbiosSerial: 'SN1',
    createdAtSeconds: 1735068140,
    machine: 'pc-q35-9.0',
    unknownKeys: ['future-key']
  })
  t.notOk(qemu.vmgenid)
  for (const [memory, expected] of [
    [2048, 2048],
    ['2048', 2048],
    [undefined, 512],
    ['x', 512]
  ]) {
    t.equal(guestConfigFrom('qemu', { memory }).memoryMiB, expected)
  }
  for (const agent of ['0', 'enabled=0,type=virtio', 'fstrim_cloned_disks=1', undefined]) {
    t.equal(guestConfigFrom('qemu', { agent }).agentEnabled, false)
  }
  const lxc = guestConfigFrom('lxc', {
    hostname: 'ct',
    lxc: [['a', 'b']],
    description: 'x\n',
    memory: 256
  })
  t.match(lxc, { name: 'ct', description: 'x', memoryMiB: 256, unknownKeys: [] })
  t.notOk(lxc.vcpus, 'all of the host')
  t.throws(() => guestConfigFrom('qemu', null), { name: 'NonsenseError' })
  t.throws(() => guestConfigFrom('qemu', ['x']), { name: 'NonsenseError' })
})

t.test('numbers as text, empty booleans', async (t) => {
  const config = guestConfigFrom('qemu', {
    cores: '1',
    sockets: '2',
    memory: '512',
    template: '',
    net0: 'virtio=66:89:C5:59:AA:96,bridge=vmbr0,firewall=1,link_down=1',
    virtio0: 'local:100/vm-100-disk-0.qcow2,size=2252M'
  })
  t.match(config, { template: false, vcpus: 2, nics: [{ linkDown: true }] })
  t.match(config.disks, [{ sizeBytes: 2252 * 2 ** 20, format: 'qcow2' }])
})

// Answers of real hosts of 6.2 and 7, as recorded by fog/fog-proxmox (spec/fixtures/proxmox).
t.test('recorded from real hosts', async (t) => {
  const lxc = guestConfigFrom('lxc', {
    arch: 'amd64',
    digest: '863c5900197b391f4c900aacbafd3d2cf8ee88ae',
    hostname: 'CT100',
    memory: 512,
    mp0: 'local-lvm:vm-100-disk-0,mp=/opt/app,backup=0,quota=1,replicate=0,size=1G',
    ostype: 'alpine',
    rootfs: 'local-lvm:vm-100-disk-1,size=1G',
    swap: 512
  })
  t.match(lxc, { name: 'CT100', osType: 'alpine', unknownKeys: [] })
  t.match(lxc.disks, [
    { slot: 'mp0', mountPoint: '/opt/app', sizeBytes: 2 ** 30, media: 'disk' },
    { slot: 'rootfs', volume: 'vm-100-disk-1' }
  ])
  const qemu = guestConfigFrom('qemu', {
    boot: ' ',
    digest: '43594fe313e083296277a47bbad75889e2fcdf34',
    meta: 'creation-qemu=7.2.0,ctime=1683810190',
    smbios1: 'uuid=a3a7f4cc-15ce-438e-84d8-4e6f01730c38',
    vmgenid: '46bfea9d-153e-43a0-8647-cbb6a949816e'
  })
  t.match(qemu, { createdAtSeconds: 1683810190, vcpus: 1, memoryMiB: 512, unknownKeys: [] })
  t.strictSame([qemu.nics, qemu.disks], [[], []])
})

t.test('laws', async () => {
  const anyValue = fc.oneof(
    fc.string(),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.array(fc.string())
  )
  const key = fc.oneof(
    fc.constantFrom(
      'net0',
      'scsi0',
      'rootfs',
      'mp1',
      'memory',
      'agent',
      'smbios1',
      'tags',
      'cores',
      'meta'
    ),
    fc.string()
  )
  fc.assert(
    fc.property(fc.constantFrom('qemu', 'lxc'), fc.dictionary(key, anyValue), (type, raw) => {
      const config = guestConfigFrom(type, raw)
      const isWhole = (value: number | undefined) =>
        value === undefined || Number.isSafeInteger(value)
      return (
        [config.memoryMiB, config.vcpus, ...config.disks.map((one) => one.sizeBytes)].every(
          isWhole
        ) &&
        config.nics.every((one) => one.trunks.every((id) => id >= 1 && id <= 4094)) &&
        new Set(config.tags).size === config.tags.length
      )
    })
  )
  // Property strings mean the same in any order.
  const parts = fc.shuffledSubarray(
    [
      'virtio=BC:24:11:AA:BB:CC',
      'bridge=vmbr0',
      'tag=7',
      'firewall=1',
      'mtu=1400',
      'trunks=3-5',
      'new=x'
    ],
    { minLength: 7 }
  )
  const expected = nic(
    'qemu',
    'virtio=BC:24:11:AA:BB:CC,bridge=vmbr0,tag=7,firewall=1,mtu=1400,trunks=3-5,new=x'
  )
  fc.assert(
    fc.property(parts, (shuffled) => isDeepStrictEqual(nic('qemu', shuffled.join(',')), expected))
  )
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 4095 }),
      fc.constantFrom('K', 'M', 'G', 'T'),
      (count, unit) => {
        const bytes = count * 1024 ** (1 + 'KMGT'.indexOf(unit))
        return disk('qemu', 'scsi0', `a:b,size=${count}${unit}`)?.sizeBytes === bytes
      }
    )
  )
  fc.assert(
    fc.property(fc.anything(), (rows) => Array.isArray(guestInterfacesFrom(rows).interfaces))
  )
})

t.test('what guests report', async (t) => {
  const agent = guestInterfacesFrom([
    { name: 'lo', 'hardware-address': '00:00:00:00:00:00' },
    {
      name: 'Ethernet 2',
      'hardware-address': 'bc:24:11:aa:bb:cc',
      'ip-addresses': [
        { 'ip-address': '192.0.2.7', 'ip-address-type': 'ipv4', prefix: 24 },
        { 'ip-address': 'fe80::1%Ethernet 2', 'ip-address-type': 'ipv6', prefix: 64 }
      ]
    }
  ])
  const container = guestInterfacesFrom([
    { name: 'lo' },
    {
      name: 'Ethernet 2',
      hwaddr: 'BC:24:11:AA:BB:CC',
      'hardware-address': 'bc:24:11:aa:bb:cc',
      inet: '192.0.2.7/24',
      'ip-addresses': [
        { 'ip-address': '192.0.2.7', 'ip-address-type': 'inet', prefix: '24' },
        { 'ip-address': 'fe80::1', 'ip-address-type': 'inet6', prefix: '64' }
      ]
    }
  ])
  t.strictSame(agent, container, 'one form for both')
  t.match(agent.interfaces[0]?.addresses[1], { address: 'fe80::1', family: 6 })
  const old = guestInterfacesFrom([
    { name: 'eth0', hwaddr: 'bc:24:11:aa:bb:cc', inet: '192.0.2.7/24' }
  ])
  t.match(old.interfaces, [{ addresses: [{ address: '192.0.2.7', prefixLength: 24, family: 4 }] }])
  const broken = guestInterfacesFrom([
    null,
    { name: 'eth0', 'ip-addresses': [{ 'ip-address': '999.1.1.1', prefix: 24 }, 3] }
  ])
  t.match(broken, { interfaces: [{ name: 'eth0', addresses: [] }], nonsense: /interface 1/ })
})
