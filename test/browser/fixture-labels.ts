/** Names of WordNet's lexicographer files that the demo classifies into, a realistic set of 41 labels. */
const WORDNET_LABELS =
  'noun.artifact noun.act noun.person noun.communication verb.change noun.state noun.attribute verb.contact ' +
  'noun.animal noun.plant noun.cognition verb.communication verb.social noun.group noun.substance noun.body ' +
  'verb.motion noun.food noun.possession noun.event verb.stative verb.possession noun.location noun.quantity ' +
  'verb.cognition noun.time noun.object verb.creation noun.process verb.body noun.phenomenon verb.perception ' +
  'verb.competition verb.emotion noun.feeling noun.relation noun.shape verb.consumption noun.motive verb.weather noun.tops';

/** Texts that break careless renderers: markup, attributes, controls, direction overrides, surrogates, emoji, length. */
export const HOSTILE_TEXTS: readonly string[] = [
  '<script>document.title="owned"</script>',
  '"><img src=x onerror=alert(1)>\'`${1}&amp;&lt;',
  '</style></title></textarea></svg><a href="https://example.com/">x</a>',
  '\u202Egnp.exe\u202C \u2067עברית مرحبا\u2069 \u200F',
  'nul\u0000 esc\u001b[31m bell\u0007 del\u007f c1\u009b31m',
  'lone \ud800 and \udfff halves',
  '👩🏽‍💻🏳️‍🌈🇪🇺 emoji, 漢字とかな, e\u0301\u0302\u0303\u0304\u0305\u0306\u0307',
  'line\r\nbreaks\n\tand tabs',
  'a'.repeat(1000),
  ' ',
  'undefined',
];

/** Labels for a fixture: WordNet's, then numbered ones; hostile ones in front when asked for. */
export function fixtureLabels(classes: number, hostile: boolean): string[] {
  if (classes === 2 && !hostile) return ['refund', 'other'];
  const plain = WORDNET_LABELS.split(' ');
  const all = hostile ? [...HOSTILE_TEXTS.slice(0, 10), ...plain] : plain;
  return Array.from(
    { length: classes },
    (_, index) => all[index] ?? `intent.${String(index).padStart(3, '0')}`,
  );
}
