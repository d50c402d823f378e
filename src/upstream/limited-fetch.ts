/** An answer with a label needs a few kilobytes; a server that sends more than this is not what it should be. */
const MAX_ANSWER_BYTES = 10 * 1024 * 1024;

/** `fetch` that breaks off an answer of more than 10 MiB, so that no server can fill the memory. */
export async function limitedFetch(input: string | URL | Request, init?: RequestInit): Promise<Response> {
  const response = await fetch(input, init);
  if (response.body === null) return response;
  const { status, statusText, headers } = response;
  return new Response(response.body.pipeThrough(byteLimit()), { status, statusText, headers });
}

function byteLimit(): TransformStream<Uint8Array, Uint8Array> {
  let bytes = 0;
  return new TransformStream({
    transform(chunk, controller) {
      bytes += chunk.byteLength;
      if (bytes > MAX_ANSWER_BYTES)
        controller.error(new Error(`the answer is longer than ${MAX_ANSWER_BYTES} bytes`));
      else controller.enqueue(chunk);
    },
  });
}
