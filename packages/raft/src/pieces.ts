/**
 * Bytes that come in pieces, as those of snapshots do.
 */

/** The pieces one after another, in a buffer of their own: they may be views of what changes. */
export const joined = (pieces: ReadonlyArray<Uint8Array>): Uint8Array => {
  const bytes = new Uint8Array(pieces.reduce((total, piece) => total + piece.length, 0))
  let at = 0
  for (const piece of pieces) {
    bytes.set(piece, at)
    at += piece.length
  }
  return bytes
}
