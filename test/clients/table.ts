import { type Client, CLIENTS, type Feature, FEATURES, type Target, TARGETS } from './features.ts';
import type { Outcome } from './program.ts';

/** What ran, by target, feature and client; what a client does not know is absent. */
export type Results = Record<Target, Partial<Record<Feature, Partial<Record<Client, Outcome>>>>>;

/** The versions that ran. */
export type Versions = Readonly<Record<string, string>>;

/** The page that is made from what ran. */
export function renderTable(results: Results, versions: Versions): string {
  const ran = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return [
    '# Clients and features',
    '',
    'Made by `node test/clients/run.ts` from what ran: each ✓ is a small program that a user of that client would write, run through',
    'the gateway, whose answer, or what the provider saw of it, is compared with what it should be. The providers are stand-ins in this process',
    "that speak OpenAI's chat completions, responses and embeddings and Anthropic's messages.",
    '',
    `Ran with ${ran.join(', ')}.`,
    '',
    '| | means |',
    '|---|---|',
    '| ✓ | works as the documents of the client say |',
    '| refused: `x` | the gateway answers 400, `unsupported_parameter`, and names `x`: leaving it out would change the answer |',
    '| left out | it makes no difference to the answer, and the header `x-homegrown-warnings` says that it was left out |',
    '| – | the client, or this kind of model, has no such thing |',
    ...(Object.keys(TARGETS) as Target[]).flatMap((target) => sectionOf(target, results[target])),
    '',
  ].join('\n');
}

function sectionOf(target: Target, rows: Results[Target]): string[] {
  const clients = Object.keys(CLIENTS) as Client[];
  const features = (Object.keys(FEATURES) as Feature[]).filter((feature) => rows[feature] !== undefined);
  return [
    '',
    `## ${TARGETS[target]}`,
    '',
    `| feature | ${clients.map((client) => CLIENTS[client]).join(' | ')} |`,
    `|---|${clients.map(() => '---').join('|')}|`,
    ...features.map((feature) => {
      const cells = clients.map((client) => cellOf(rows[feature]![client]));
      return `| ${target === 'own' ? (OWN_WORDS[feature] ?? FEATURES[feature]) : FEATURES[feature]} | ${cells.join(' | ')} |`;
    }),
  ];
}

/** What a feature means for a model that counts no tokens. */
const OWN_WORDS: Partial<Record<Feature, string>> = { usage: 'usage, which is unknown and stays so' };

function cellOf(outcome: Outcome | undefined): string {
  switch (outcome?.kind) {
    case undefined:
      return '–';
    case 'works':
      return '✓';
    case 'refused':
      return `refused: \`${outcome.what}\``;
    case 'left-out':
      return 'left out';
    case 'failed':
      return 'FAILED';
  }
}
