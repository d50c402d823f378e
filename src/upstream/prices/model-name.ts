/** What providers put behind a model's name to tell its versions apart: a day, a month, `latest`, a number. */
const VERSION =
  /(?:[-@](?:\d{4}-\d{2}-\d{2}|\d{2}-\d{2}-\d{4}|\d{2}-\d{2}|\d{2}-\d{4}|\d{8}|\d{6}|\d{4}|\d{3})|-latest)$/;

/** A model's names from the exact one to the most general: `gpt-4o-2024-08-06`, `gpt-4o`. */
export function namesFrom(model: string): string[] {
  const exact = model.replace(/^models\//, '');
  // A fine-tuned model is `ft:<base>:<organisation>:…`, and costs what its base costs when fine-tuned.
  const known = exact.startsWith('ft:') ? exact.split(':').slice(0, 2).join(':') : exact;
  const general = withoutVersion(known);
  return [...new Set([exact, known, general])];
}

/** The name without its version. */
export function withoutVersion(name: string): string {
  const general = name.replace(VERSION, '');
  return general === '' || general === 'ft:' ? name : general;
}
