/** One server-sent event (https://html.spec.whatwg.org/multipage/server-sent-events.html); `event` is empty when it has no name. */
export interface StreamEvent {
  readonly event: string;
  readonly data: string;
}

const decoder = new TextDecoder();

/** The events of a whole body. One that the end of the body cuts before its blank line is given as well: what is in it tells whether it is whole. */
export function* streamEvents(body: Uint8Array): Generator<StreamEvent> {
  let event = '';
  let data: string[] = [];
  for (const line of lines(decoder.decode(body))) {
    if (line === '') {
      if (data.length > 0) yield { event, data: data.join('\n') };
      event = '';
      data = [];
      continue;
    }
    const colon = line.indexOf(':');
    const field = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1);
    if (field === 'data') data.push(value);
    else if (field === 'event') event = value;
  }
  if (data.length > 0) yield { event, data: data.join('\n') };
}

/** Lines end with LF, CR or both. */
function* lines(text: string): Generator<string> {
  let start = 0;
  const hasReturns = text.includes('\r');
  while (start < text.length) {
    let end = text.indexOf('\n', start);
    if (end === -1) end = text.length;
    const line = text.slice(start, end);
    start = end + 1;
    if (!hasReturns) yield line;
    else yield* (line.endsWith('\r') ? line.slice(0, -1) : line).split('\r');
  }
}
