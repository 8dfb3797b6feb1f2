/** A small valid qcow2 (version 2) of an empty disk: header, refcount table and block, L1 table; one cluster each. */
export function emptyQcow2(virtualBytes: number): Uint8Array {
  const cluster = 65_536
  const file = Buffer.alloc(4 * cluster)
  file.write('QFI\xfb', 0, 'latin1')
  file.writeUInt32BE(2, 4)
  file.writeUInt32BE(16, 20) // cluster_bits
  file.writeBigUInt64BE(BigInt(virtualBytes), 24)
  file.writeUInt32BE(Math.ceil(virtualBytes / (cluster * (cluster / 8))), 36) // entries of the L1 table
  file.writeBigUInt64BE(BigInt(3 * cluster), 40) // L1 table
  file.writeBigUInt64BE(BigInt(cluster), 48) // refcount table
  file.writeUInt32BE(1, 56) // its clusters
  file.writeBigUInt64BE(BigInt(2 * cluster), cluster) // its first block
  for (let used = 0; used < 4; used++) file.writeUInt16BE(1, 2 * cluster + 2 * used)
  return file
}
