import type { UpstreamMessage, UpstreamRequest } from '../../upstream/upstream.ts';
import type { Prompt, ShownExample } from './prompt-file.ts';

/** What stands in for a text without characters, which many providers refuse. */
const EMPTY_TEXT = '(empty text)';

/** The call that asks for the label of one text, with examples (least similar first) as earlier turns. */
export function renderRequest(
  prompt: Prompt,
  input: string,
  shown: readonly ShownExample[],
): UpstreamRequest {
  const messages: UpstreamMessage[] = [{ role: 'system', content: prompt.system }];
  const shownCharacters = prompt.shots?.maxCharacters ?? 0;
  for (const example of shown) {
    messages.push({ role: 'user', content: userMessage(prompt, example.input, shownCharacters) });
    messages.push({ role: 'assistant', content: example.output });
  }
  messages.push({ role: 'user', content: userMessage(prompt, input, prompt.maxInputCharacters) });
  return {
    messages,
    maxOutputTokens: prompt.maxOutputTokens,
    temperature: prompt.temperature,
    mentions: [input, ...shown.map((example) => example.input)],
  };
}

/** Plain concatenation: nothing inside a text is ever taken for a placeholder. */
function userMessage({ user }: Prompt, input: string, maxCharacters: number): string {
  const text = sendable(input, maxCharacters);
  return user.before + (user.after === '' ? text : withoutClosing(text, user.after)) + user.after;
}

/** Cut, well-formed and without NUL: texts every JSON API accepts. */
function sendable(input: string, maxCharacters: number): string {
  const cut = input.length > maxCharacters ? `${input.slice(0, maxCharacters)}…` : input;
  const text = cut.toWellFormed().replaceAll('\0', '\uFFFD');
  return text.trim() === '' ? EMPTY_TEXT : text;
}

/** A text cannot end its own frame: its closing marks lose their bracket. */
function withoutClosing(text: string, after: string): string {
  const closing = /<\/\w+>/.exec(after)?.[0];
  return closing === undefined ? text : text.replaceAll(closing, closing.replace('<', '‹'));
}
