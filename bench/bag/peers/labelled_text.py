import json


def read_split(directory, split):
    """Inputs and outputs of one split, in file order."""
    with open(f"{directory}/{split}.jsonl", encoding="utf8") as lines:
        rows = [json.loads(line) for line in lines]
    return [row["input"] for row in rows], [row["output"] for row in rows]
