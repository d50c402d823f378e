"""Encodes and decodes texts with Hugging Face's tokenizers, and trains the same tokenizer with its trainer.

    python tokenize_texts.py directory

The directory holds `tokenizer.json`, `texts.json` and `training.json` (the texts and options it was trained with). Prints a
line about the file and the training, then one per text, all JSON.
"""

import json
import sys
from pathlib import Path

from tokenizers import Tokenizer, models, pre_tokenizers, trainers


def read(directory: Path, name: str):
    return json.loads((directory / name).read_text(encoding="utf8"))


def trained(tokenizer: Tokenizer, training: dict) -> dict:
    own = Tokenizer(models.BPE())
    own.normalizer, own.pre_tokenizer = tokenizer.normalizer, tokenizer.pre_tokenizer
    trainer = trainers.BpeTrainer(
        vocab_size=training["vocabularySize"],
        min_frequency=training["minFrequency"],
        special_tokens=training["specialTokens"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    own.train_from_iterator(training["texts"], trainer)
    return json.loads(own.to_str())["model"]


def main(directory: Path) -> None:
    tokenizer = Tokenizer.from_file(str(directory / "tokenizer.json"))
    ours = read(directory, "tokenizer.json")
    theirs = trained(tokenizer, read(directory, "training.json"))
    facts = {
        "sameFile": json.loads(tokenizer.to_str()) == ours,
        "sameMerges": theirs["merges"] == ours["model"]["merges"],
        "sameVocabulary": theirs["vocab"] == ours["model"]["vocab"],
    }
    print(json.dumps(facts))
    for text in read(directory, "texts.json"):
        tokenizer.encode_special_tokens = False
        parsed = tokenizer.encode(text).ids
        tokenizer.encode_special_tokens = True
        plain = tokenizer.encode(text, add_special_tokens=False).ids
        decoded = [tokenizer.decode(plain), tokenizer.decode(parsed, skip_special_tokens=False), tokenizer.decode(plain[1::2])]
        print(json.dumps({"plain": plain, "parsed": parsed, "decoded": decoded}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
