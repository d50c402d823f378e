"""usage: python hugging_face.py <train.jsonl> <settings as JSON>; prints what was measured as JSON."""

import hashlib
import json
import os
import resource
import sys
import time

path, settings = sys.argv[1], json.loads(sys.argv[2])
os.environ["RAYON_NUM_THREADS"] = str(settings["threads"])
os.environ["TOKENIZERS_PARALLELISM"] = "true"

from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers  # noqa: E402

with open(path, encoding="utf8") as file:
    texts = [json.loads(line)["input"] for line in file]


def processor_seconds():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


tokenizer = Tokenizer(models.BPE())
tokenizer.normalizer = normalizers.Sequence([normalizers.NFC(), normalizers.Lowercase()])
tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
    [
        pre_tokenizers.Split(Regex(settings["pattern"]), "isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
    ]
)
tokenizer.decoder = decoders.ByteLevel()
trainer = trainers.BpeTrainer(
    vocab_size=settings["vocabularySize"],
    min_frequency=settings["minFrequency"],
    special_tokens=settings["specialTokens"],
    initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
    show_progress=False,
)
processor, start = processor_seconds(), time.perf_counter()
tokenizer.train_from_iterator(texts, trainer)
seconds, processor = time.perf_counter() - start, processor_seconds() - processor
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

start = time.perf_counter()
singly = sum(len(tokenizer.encode(text, add_special_tokens=False).ids) for text in texts)
encode_seconds = time.perf_counter() - start
start = time.perf_counter()
batched = sum(len(encoding.ids) for encoding in tokenizer.encode_batch_fast(texts, add_special_tokens=False))
batch_seconds = time.perf_counter() - start
assert singly == batched

merges = json.loads(tokenizer.to_str())["model"]["merges"]
print(
    json.dumps(
        {
            "seconds": seconds,
            "processorSeconds": processor,
            "peakMemoryBytes": peak,
            "encodeSeconds": encode_seconds,
            "batchSeconds": batch_seconds,
            "ids": singly,
            "merges": hashlib.sha256("\n".join(" ".join(pair) for pair in merges).encode()).hexdigest(),
        }
    )
)
