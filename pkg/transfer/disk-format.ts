/** Disk formats as Glance names them. */
export type DiskFormat = 'raw' | 'qcow2' | 'iso' | 'vmdk' | 'vdi' | 'vhd' | 'vhdx' | 'ploop' | 'aki' | 'ari' | 'ami'
