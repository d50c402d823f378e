"""Asks what it reads as lines of JSON through OpenAI's Python client, without retries, and writes what it saw as lines of JSON."""

import json
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import openai

lock = threading.Lock()


def ask_chat(client, ask, seen):
    request = {"model": ask["model"], "messages": [{"role": "user", "content": ask["question"]}]}
    if not ask["stream"]:
        raw = client.chat.completions.with_raw_response.create(**request)
        seen["headers"], seen["status"] = raw.headers, raw.status_code
        choice = raw.parse().choices[0]
        seen["text"], seen["ending"] = choice.message.content or "", choice.finish_reason
        return
    raw = client.chat.completions.with_raw_response.create(**request, stream=True)
    seen["headers"], seen["status"] = raw.headers, raw.status_code
    for chunk in raw.parse():
        for choice in chunk.choices[:1]:
            seen["text"] += choice.delta.content or ""
            seen["ending"] = choice.finish_reason or seen["ending"]


def ask_responses(client, ask, seen):
    request = {"model": ask["model"], "input": ask["question"]}
    if not ask["stream"]:
        raw = client.responses.with_raw_response.create(**request)
        seen["headers"], seen["status"] = raw.headers, raw.status_code
        response = raw.parse()
        seen["text"], seen["ending"] = response.output_text, response.status
        return
    raw = client.responses.with_raw_response.create(**request, stream=True)
    seen["headers"], seen["status"] = raw.headers, raw.status_code
    for event in raw.parse():
        if event.type == "response.output_text.delta":
            seen["text"] += event.delta
        elif event.type == "response.completed":
            seen["ending"] = event.response.status
        elif event.type in ("error", "response.failed"):
            raise RuntimeError(event.type)


def code_of(error):
    if not isinstance(error, openai.APIError):
        return f"{type(error).__name__}Error: {error}"
    return error.code


def answer(line):
    ask = json.loads(line)
    seen = {"text": "", "ending": None, "headers": None, "status": None}
    started = time.monotonic()
    error = None
    try:
        with openai.OpenAI(base_url=ask["baseUrl"], api_key="none", max_retries=0) as client:
            (ask_responses if ask["api"] == "responses" else ask_chat)(client, ask, seen)
    except Exception as caught:  # whatever the client lets through is what its user meets
        error = caught
    kind = "whole" if error is None else "refused" if seen["headers"] is None else "cut"
    if isinstance(error, openai.APIStatusError):
        seen["headers"], seen["status"] = error.response.headers, error.status_code
    headers = seen["headers"] or {}
    view = {
        "kind": kind,
        "text": seen["text"],
        "ending": seen["ending"],
        "status": seen["status"],
        "code": None if error is None else code_of(error),
        "requestId": headers.get("x-request-id"),
        "retryAfter": headers.get("retry-after") or headers.get("retry-after-ms"),
        "target": headers.get("x-homegrown-target"),
        "ms": (time.monotonic() - started) * 1000,
    }
    with lock:
        print(json.dumps({"question": ask["question"], "view": view}), flush=True)


with ThreadPoolExecutor(8) as pool:
    for line in sys.stdin:
        pool.submit(answer, line)
