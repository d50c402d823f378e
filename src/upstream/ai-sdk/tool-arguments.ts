/** A call's arguments as a value. Models write broken JSON at times; the text itself is then what the next model reads. */
export function argumentsOf(text: string): unknown {
  if (text.trim() === '') return {};
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
