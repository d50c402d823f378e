/** What happens to a text before it is cut: nothing, composition (Unicode NFC), or composition and lower case. */
export const NORMALISERS = ['none', 'nfc', 'lowercase'] as const;
export type NormaliserName = (typeof NORMALISERS)[number];

/** The function of a normaliser. */
export function normaliserOf(name: NormaliserName): (text: string) => string {
  if (name === 'none') return (text) => text;
  if (name === 'nfc') return composed;
  return (text) => lowerCased(composed(text));
}

function composed(text: string): string {
  return text.normalize('NFC');
}

/** Character by character, as Hugging Face does it: a capital sigma at the end of a word is like any other. */
function lowerCased(text: string): string {
  if (!text.includes('Σ')) return text.toLowerCase();
  return text
    .split('Σ')
    .map((part) => part.toLowerCase())
    .join('σ');
}
