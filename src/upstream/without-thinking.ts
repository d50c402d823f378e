/** What a model answered after thinking aloud: some servers leave `<think>…</think>` in the text. */
export function withoutThinking(text: string): string {
  return text.replace(/^\s*<(think|thinking|reasoning)>[^]*?(<\/\1>|$)/, '').replace(/^[^]*<\/think>/, '');
}
