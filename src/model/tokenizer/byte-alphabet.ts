/** GPT-2's alphabet: the printable character that stands for each byte in a vocabulary file. */
export const BYTE_CHARACTERS: readonly string[] = byteCharacters();

/** All bytes in the order of their characters' code points, which is the order of their token ids. */
export const BYTES_IN_TOKEN_ORDER: Uint8Array = Uint8Array.from(
  BYTE_CHARACTERS.map((character, byte) => ({ codePoint: character.codePointAt(0)!, byte }))
    .toSorted((a, b) => a.codePoint - b.codePoint)
    .map(({ byte }) => byte),
);

const BYTE_OF_CHARACTER = new Map(BYTE_CHARACTERS.map((character, byte) => [character, byte]));

/** The bytes that a token of a vocabulary file stands for; undefined when a character is not of the alphabet. */
export function bytesOfToken(token: string): Uint8Array | undefined {
  const bytes = new Uint8Array(token.length);
  for (let index = 0; index < token.length; index++) {
    const byte = BYTE_OF_CHARACTER.get(token[index]!);
    if (byte === undefined) return undefined;
    bytes[index] = byte;
  }
  return bytes;
}

/** Printable Latin-1 stands for itself; the other bytes, in order, are U+0100 and up. */
function byteCharacters(): string[] {
  let next = 0x100;
  return Array.from({ length: 256 }, (_, byte) => {
    const printable = (byte > 0x20 && byte < 0x7f) || (byte > 0xa0 && byte !== 0xad);
    return String.fromCodePoint(printable ? byte : next++);
  });
}
