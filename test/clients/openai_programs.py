"""The features of the API used through OpenAI's Python client.

    python openai_programs.py '{"target": ..., "baseUrl": ..., "model": ..., "embeddings": ...}' feature ...

Prints one line of JSON per feature: {"feature": ..., "kind": "works" | "refused" | "left-out" | "failed", ...}.
"""

import base64
import json
import math
import struct
import sys
import time

import openai
from pydantic import BaseModel

PICTURE = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
SOUND = "UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YQAAAAA="
PAPER = "JVBERi0xLjQKJSVFT0YK"
TOOL = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "Weather of a city",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}


class LeftOut(Exception):
    """The answer's header says that a parameter was left out."""


class Programs:
    def __init__(self, context: dict) -> None:
        self.target = context["target"]
        self.model = context["model"]
        self.embedding_model = context["embeddings"]
        self.client = openai.OpenAI(base_url=context["baseUrl"], api_key="none", max_retries=0)
        self.own = self.target == "own"
        self.hello = "please explain how it is possible" if self.own else "hello"
        self.greeting = "question" if self.own else "Hello there my friend"

    def ask(self, content, client=None, **more):
        messages = [{"role": "user", "content": content}]
        return (client or self.client).chat.completions.create(model=self.model, messages=messages, **more)

    def report(self, part: dict) -> dict:
        answer = self.ask([{"type": "text", "text": "report"}, part])
        return json.loads(answer.choices[0].message.content)

    def expect_left(self, leave) -> None:
        count = lambda: int(self.ask("count").choices[0].message.content)
        before = count()
        leave()
        until = time.monotonic() + 1
        while count() == before:
            assert time.monotonic() < until, "the provider was not left"

    def plain(self) -> None:
        choice = self.ask(self.hello).choices[0]
        same([choice.message.content, choice.finish_reason], [self.greeting, "stop"])

    def stream(self) -> None:
        messages = [{"role": "user", "content": self.hello}]
        pieces = []
        with self.client.chat.completions.stream(model=self.model, messages=messages) as events:
            for event in events:
                if event.type == "content.delta":
                    pieces.append(event.delta)
            whole = events.get_final_completion()
        same("".join(pieces), self.greeting)
        assert self.own or len(pieces) > 2, "it came in one piece"
        same(whole.choices[0].finish_reason, "stop")

    def usage(self) -> None:
        usage = self.ask(self.hello).usage
        if self.own:
            return same(usage, None)
        same(usage.total_tokens, usage.prompt_tokens + usage.completion_tokens)
        assert usage.prompt_tokens_details.cached_tokens > 0, "no cached tokens"

    def usage_stream(self) -> None:
        chunks = list(self.ask("hello", stream=True))
        assert all(chunk.usage is None and len(chunk.choices) == 1 for chunk in chunks), "usage without asking"
        last = list(self.ask("hello", stream=True, stream_options={"include_usage": True}))[-1]
        assert last.choices == [] and last.usage.total_tokens > 0, "no usage at the end"

    def tools(self) -> None:
        choice = self.ask("weather", tools=[TOOL]).choices[0]
        call = choice.message.tool_calls[0]
        same([choice.finish_reason, call.function.name], ["tool_calls", "weather"])
        same(json.loads(call.function.arguments), {"city": "Rome"})

    def tools_stream(self) -> None:
        pieces = []
        for chunk in self.ask("weather", tools=[TOOL], stream=True):
            for call in chunk.choices[0].delta.tool_calls or []:
                pieces.append(call.function.arguments or "")
        same(json.loads("".join(pieces)), {"city": "Rome"})
        assert len(pieces) > 2, "it came in one piece"

    def tools_steps(self) -> None:
        messages = [{"role": "user", "content": "weather"}]
        first = self.client.chat.completions.create(model=self.model, messages=messages, tools=[TOOL])
        message = first.choices[0].message
        messages.append(message)
        messages.append({"role": "tool", "tool_call_id": message.tool_calls[0].id, "content": "30 degrees"})
        second = self.client.chat.completions.create(model=self.model, messages=messages, tools=[TOOL])
        same(second.choices[0].message.content, "It is 30 degrees in Rome")

    def schema(self) -> None:
        class Label(BaseModel):
            label: str
            confidence: float

        class Weather(BaseModel):
            city: str
            degrees: float

        content, shape = (self.hello, Label) if self.own else ("pick", Weather)
        messages = [{"role": "user", "content": content}]
        answer = self.client.chat.completions.parse(model=self.model, messages=messages, response_format=shape)
        parsed = answer.choices[0].message.parsed
        if self.own:
            return same(parsed.label, self.greeting)
        same(parsed, Weather(city="Rome", degrees=30))

    def image(self) -> None:
        part = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PICTURE}"}}
        same(self.report(part)["files"], [{"type": "image/png", "bytes": length(PICTURE)}])

    def audio(self) -> None:
        part = {"type": "input_audio", "input_audio": {"data": SOUND, "format": "wav"}}
        same(self.report(part)["files"], [{"type": "audio/wav", "bytes": length(SOUND)}])

    def file(self) -> None:
        data = f"data:application/pdf;base64,{PAPER}"
        part = {"type": "file", "file": {"filename": "a.pdf", "file_data": data}}
        same(self.report(part)["files"], [{"type": "application/pdf", "bytes": length(PAPER)}])

    def logprobs(self) -> None:
        tokens = self.ask(self.hello, logprobs=True, top_logprobs=2).choices[0].logprobs.content
        same("".join(token.token for token in tokens), self.greeting)
        assert 0 < math.exp(tokens[0].logprob) <= 1 and len(tokens[0].top_logprobs) == 2

    def choices(self) -> None:
        same([choice.index for choice in self.ask("hello", n=3).choices], [0, 1, 2])

    def responses(self) -> None:
        response = self.client.responses.create(model=self.model, input=self.hello)
        same([response.output_text, response.status], [self.greeting, "completed"])

    def responses_stream(self) -> None:
        pieces = []
        with self.client.responses.stream(model=self.model, input=self.hello) as events:
            for event in events:
                if event.type == "response.output_text.delta":
                    pieces.append(event.delta)
            whole = events.get_final_response()
        same(["".join(pieces), whole.output_text], [self.greeting, self.greeting])

    def responses_tools(self) -> None:
        tools = [{"type": "function", "strict": False, **TOOL["function"]}]
        asked = [{"role": "user", "content": "weather"}]
        first = self.client.responses.create(model=self.model, input=asked, tools=tools)
        call = next(item for item in first.output if item.type == "function_call")
        result = {"type": "function_call_output", "call_id": call.call_id, "output": "30 degrees"}
        asked = [*asked, *first.output, result]
        second = self.client.responses.create(model=self.model, input=asked, tools=tools)
        same(second.output_text, "It is 30 degrees in Rome")

    def embeddings_float(self) -> None:
        answer = self.client.embeddings.create(
            model=self.embedding_model, input=["abc", "de"], encoding_format="float"
        )
        same([entry.embedding for entry in answer.data], [[3, 0.5, -1], [2, 0.5, -1]])

    def embeddings_base64(self) -> None:
        answer = self.client.embeddings.create(
            model=self.embedding_model, input="abc", encoding_format="base64"
        )
        same(struct.unpack("<3f", base64.b64decode(answer.data[0].embedding)), (3, 0.5, -1))

    def models(self) -> None:
        assert self.model in [entry.id for entry in self.client.models.list()], f"{self.model} is not listed"

    def errors(self) -> None:
        if self.own:
            self.model = "task:nothing"
        try:
            self.ask("fail")
        except openai.APIStatusError as error:
            expected = openai.NotFoundError if self.own else openai.RateLimitError
            assert isinstance(error, expected), f"expected {expected.__name__}, found {error!r}"
            assert error.request_id, "no request id"
            if self.own:
                return same(error.code, "model_not_found")
            assert "Too many calls" in error.message, error.message
            if self.target == "address":
                return same([error.code, error.request_id], ["rate_limit_exceeded", "req_openai_1"])
            return same([error.type, error.request_id], ["rate_limit_error", "req_anthropic_1"])
        raise AssertionError("no error")

    def retries(self) -> None:
        client = self.client.with_options(max_retries=2)
        same(self.ask(f"busy python {self.target}", client).choices[0].message.content, "At last")

    def abort(self) -> None:
        def leave() -> None:
            stream = self.ask("hello" if self.target == "own" else "slow", stream=True)
            next(iter(stream))
            stream.close()

        self.expect_left(leave)

    def time_out(self) -> None:
        def leave() -> None:
            try:
                self.ask("wait", self.client.with_options(timeout=0.1))
            except openai.APITimeoutError:
                return
            raise AssertionError("no time-out")

        self.expect_left(leave)

    def headers(self) -> None:
        headers = {"x-own-team": "blue", "x-homegrown-user": "ann"}
        answer = self.ask("report", extra_headers=headers)
        same(json.loads(answer.choices[0].message.content)["headers"], {"x-own-team": "blue"})

    def metadata(self) -> None:
        messages = [{"role": "user", "content": "report"}]
        raw = self.client.chat.completions.with_raw_response.create(
            model=self.model, messages=messages, metadata={"team": "blue"}
        )
        if (raw.headers.get("x-homegrown-warnings") or "").startswith("metadata: "):
            raise LeftOut
        same(json.loads(raw.parse().choices[0].message.content)["metadata"], {"team": "blue"})


def same(found, expected) -> None:
    assert found == expected, f"expected {expected!r}, found {found!r}"


def length(text: str) -> int:
    return len(base64.b64decode(text))


def outcome(program) -> dict:
    try:
        program()
        return {"kind": "works"}
    except LeftOut:
        return {"kind": "left-out"}
    except openai.BadRequestError as error:
        if error.code == "unsupported_parameter":
            return {"kind": "refused", "what": error.param or error.body["message"]}
        return {"kind": "failed", "message": str(error)}
    except Exception as error:  # whatever it is, it is this program's outcome
        return {"kind": "failed", "message": f"{type(error).__name__}: {error}"}


def main() -> None:
    context = json.loads(sys.argv[1])
    for feature in sys.argv[2:]:
        program = getattr(Programs(context), feature.replace("-", "_"))
        print(json.dumps({"feature": feature, **outcome(program)}), flush=True)


if __name__ == "__main__":
    main()
