"""Writes unicode-ranges.ts: what Hugging Face's `tokenizers` knows of Unicode, which is not what Node knows.

    python src/model/tokenizer/make_unicode_ranges.py

Needs the version of `tokenizers` in test/python/requirements.txt, and the repository's `node`, of which the newest
characters are asked. Its regular expressions have one version of Unicode, its NFC an older one.
"""

import json
import subprocess
from pathlib import Path

from tokenizers import Regex, normalizers, pre_tokenizers

BLOCK = 0x1000
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
SOURCE = """// Made by make_unicode_ranges.py; do not edit. All lists: alternately how many code points are not in it and are, in base 36.

/** Letters and marks (`\\p{L}\\p{M}`) of Hugging Face's regular expressions. */
export const WORD_RANGES: string =
  '%s';

/** Numbers (`\\p{N}`). */
export const NUMBER_RANGES: string =
  '%s';

/** Characters that combine with others in Node's NFC and not in Hugging Face's. */
export const NOT_COMBINING_RANGES: string =
  '%s';
"""
# Strings with a character that may combine, and what Node's NFC makes of them.
PROBES = """
const probes = [];
for (let codePoint = 0x80; codePoint < 0x110000; codePoint++) {
  if (codePoint >= 0xd800 && codePoint < 0xe000) continue;
  const character = String.fromCodePoint(codePoint);
  const parts = character.normalize('NFD');
  if (parts !== character) probes.push(['', parts]);
  if (!/\\p{M}/u.test(character)) continue;
  for (const [before, after] of [['a\\u0345', ''], ['a\\u0327', ''], ['a', '\\u0334'], ['a', '\\u0301']]) {
    probes.push([character, before + character + after]);
  }
}
process.stdout.write(JSON.stringify(probes.map(([mark, text]) => [mark, text, text.normalize('NFC')])));
"""


def members(pattern: str) -> list[int]:
    split = pre_tokenizers.Split(Regex(pattern), "removed", invert=True)
    found = []
    for first in range(0, 0x110000, BLOCK):
        text = "".join(chr(c) for c in range(first, first + BLOCK) if not 0xD800 <= c < 0xE000)
        found += [ord(character) for piece, _ in split.pre_tokenize_str(text) for character in piece]
    return found


def not_combining() -> list[int]:
    answer = subprocess.run(["node", "--eval", PROBES], stdout=subprocess.PIPE, check=True)
    nfc, classed, apart, parts = normalizers.NFC(), set(), set(), set()
    for mark, text, composed in json.loads(answer.stdout):
        differs = nfc.normalize_str(text) != composed
        if text != composed:
            classed.add(mark)
        if differs and mark:
            apart.add(mark)
        elif differs:
            parts.update(text)
    # A part with a combining class has been asked about alone.
    return sorted(ord(character) for character in apart | (parts - classed))


def base36(number: int) -> str:
    digits = ""
    while number or not digits:
        number, digit = divmod(number, 36)
        digits = DIGITS[digit] + digits
    return digits


def run_lengths(code_points: list[int]) -> str:
    lengths, end = [], 0
    for code_point in code_points:
        if not lengths or code_point != end:
            lengths += [code_point - end, 0]
        lengths[-1] += 1
        end = code_point + 1
    return " ".join(map(base36, lengths))


if __name__ == "__main__":
    ranges = (members(r"[\p{L}\p{M}]"), members(r"\p{N}"), not_combining())
    source = SOURCE % tuple(map(run_lengths, ranges))
    Path(__file__).with_name("unicode-ranges.ts").write_text(source, encoding="utf8")
