"""Writes unicode-ranges.ts: the code points that Hugging Face's regular expressions take for letters, marks and numbers.

    python src/model/tokenizer/make_unicode_ranges.py

Asked of `tokenizers` itself (the version in test/python/requirements.txt), because the engine inside it may know another
Unicode version than Node's.
"""

from pathlib import Path

from tokenizers import Regex, pre_tokenizers

BLOCK = 0x1000
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
HEADER = """// Made by make_unicode_ranges.py; do not edit.

/** Letters and marks (`\\\\p{L}\\\\p{M}`): alternately how many code points are not of them and how many are, in base 36. */
export const WORD_RANGES: string =
  '%s';

/** Numbers (`\\\\p{N}`), written in the same way. */
export const NUMBER_RANGES: string =
  '%s';
"""


def members(pattern: str) -> list[int]:
    split = pre_tokenizers.Split(Regex(pattern), "removed", invert=True)
    found = []
    for first in range(0, 0x110000, BLOCK):
        text = "".join(chr(c) for c in range(first, first + BLOCK) if not 0xD800 <= c < 0xE000)
        found += [ord(character) for piece, _ in split.pre_tokenize_str(text) for character in piece]
    return found


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
    source = HEADER.replace("\\\\", "\\") % (run_lengths(members(r"[\p{L}\p{M}]")), run_lengths(members(r"\p{N}")))
    Path(__file__).with_name("unicode-ranges.ts").write_text(source, encoding="utf8")
