/**
 * CRC-32 (the one of Ethernet and zip): tells a damaged chunk of a snapshot
 * from a whole one (§7). It guards against accidents, not against forgery.
 */

/** What division by the polynomial leaves of each byte, and of each byte with one to three zero bytes after it. */
const tables: ReadonlyArray<Uint32Array> = makeTables()

function makeTables(): ReadonlyArray<Uint32Array> {
  const first = Uint32Array.from({ length: 256 }, (_, byte) => {
    let rest = byte
    for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? (rest >>> 1) ^ 0xedb8_8320 : rest >>> 1
    return rest
  })
  const followed = (table: Uint32Array) => table.map((rest) => first[rest & 0xff]! ^ (rest >>> 8))
  const second = followed(first)
  const third = followed(second)
  return [first, second, third, followed(third)]
}

/** The checksum of these bytes, an unsigned 32-bit integer. */
export const crc32 = (bytes: Uint8Array): number => {
  const [one, two, three, four] = tables as [Uint32Array, Uint32Array, Uint32Array, Uint32Array]
  const { length } = bytes
  let rest = 0xffff_ffff
  let at = 0
  // Four bytes at a time: a chunk is read once here for every peer it goes to.
  for (; at + 4 <= length; at += 4) {
    rest ^= bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
    rest =
      four[rest & 0xff]! ^
      three[(rest >>> 8) & 0xff]! ^
      two[(rest >>> 16) & 0xff]! ^
      one[(rest >>> 24) & 0xff]!
  }
  for (; at < length; at++) rest = one[(rest ^ bytes[at]!) & 0xff]! ^ (rest >>> 8)
  return (rest ^ 0xffff_ffff) >>> 0
}
