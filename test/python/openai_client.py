"""Asks a running Homegrown server through OpenAI's Python client.

    python openai_client.py http://127.0.0.1:4400/v1 task:topic "a text" expected-label

Prints one line per check and ends with 0 when all passed.
"""

import math
import sys
from typing import Literal

import openai
from pydantic import BaseModel, create_model


def check(name: str, passed: bool) -> None:
    print(f"{'ok' if passed else 'FAILED'}  {name}")
    if not passed:
        sys.exit(1)


def main(base_url: str, model: str, text: str, expected: str) -> None:
    client = openai.OpenAI(base_url=base_url, api_key="none", max_retries=0)
    messages = [{"role": "user", "content": text}]

    completion = client.chat.completions.create(model=model, messages=messages, temperature=0)
    check("plain answer", completion.choices[0].message.content == expected)
    check("unknown usage is None", completion.usage is None)
    check("request id", bool(completion._request_id))

    stream = client.chat.completions.create(model=model, messages=messages, stream=True)
    pieces = [chunk.choices[0].delta.content or "" for chunk in stream]
    check("streamed answer", "".join(pieces) == expected)

    with client.chat.completions.stream(model=model, messages=messages) as events:
        check("stream helper", events.get_final_completion().choices[0].message.content == expected)

    logged = client.chat.completions.create(model=model, messages=messages, logprobs=True, top_logprobs=5)
    tokens = logged.choices[0].logprobs.content
    check("label is one token", len(tokens) == 1 and tokens[0].token == expected)
    check("log-probability", 0 < math.exp(tokens[0].logprob) <= 1)
    check("top log-probabilities are sorted", sorted(tokens[0].top_logprobs, key=lambda t: -t.logprob) == tokens[0].top_logprobs)

    labels = client.chat.completions.create(model=model, messages=messages, logprobs=True, top_logprobs=20)
    known = tuple(sorted({token.token for token in labels.choices[0].logprobs.content[0].top_logprobs}))

    class Answer(BaseModel):
        label: str
        confidence: float | None

    parsed = client.chat.completions.parse(model=model, messages=messages, response_format=Answer)
    answer = parsed.choices[0].message.parsed
    check("structured output", answer.label == expected and 0 < answer.confidence <= 1)

    if len(known) < 20:
        Strict = create_model("Strict", label=(Literal[known], ...))
        strict = client.chat.completions.parse(model=model, messages=messages, response_format=Strict)
        check("structured output with an enum", strict.choices[0].message.parsed.label == expected)

    check("models.list", model in [entry.id for entry in client.models.list()])
    check("models.retrieve", client.models.retrieve(model).id == model)

    try:
        client.chat.completions.create(model="no-such-model", messages=messages)
        check("unknown model raises", False)
    except openai.NotFoundError as error:
        check("unknown model raises", error.code == "model_not_found" and error.param == "model")
    try:
        client.chat.completions.create(model=model, messages=[{"role": "user", "content": 7}])
        check("wrong type raises", False)
    except openai.BadRequestError as error:
        check("wrong type raises", error.param == "messages[0].content")


if __name__ == "__main__":
    main(*sys.argv[1:])
