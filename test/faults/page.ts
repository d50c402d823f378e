import type { SeenCell } from './check-cell.ts';
import type { LeavingRow } from './leaving.ts';
import { SERVING } from './scene.ts';

/** How the client's leaving reached the upstream. */
export interface SeenLeaving {
  readonly row: LeavingRow;
  readonly rounds: number;
  /** All of them in less than 50 ms. */
  readonly isQuick: boolean;
}

const WIDTH = 4;

/** The page of the documents: nothing on it that was not seen, nothing that differs from run to run. */
export function faultsPage(cells: readonly SeenCell[], leaving: readonly SeenLeaving[]): string {
  return [
    '# What happens when an upstream fails',
    '',
    '<!-- Made by test/faults/run.ts; do not edit. -->',
    '',
    'Each row is something an upstream does. Every cell was run twice, through OpenAI’s official JavaScript client (without retries of its',
    'own) and over a bare socket, against a gateway before a server that fails on demand; the program that made this page fails when',
    'an answer that is not whole is taken for whole, when an ending is made up, when a call takes longer than its time-outs allow, or',
    'when a status, code, request id or `retry-after` that the upstream gave is lost. `test/python/check-faults.ts` does the same through',
    'OpenAI’s Python client.',
    '',
    '- “answered” is the whole answer, compared with the same upstream’s without a fault; “by the fallback” is the next of the chain.',
    '- A status is what the client’s exception says, with its code. Nothing of the failed answer has reached the client.',
    '- “cut:” is an exception in the middle of a stream, raised by an explicit error event; what came before it is genuine.',
    '- Without a fallback the upstream is asked at most twice here (`serving.retries: 1`), with pauses up to',
    `  ${SERVING.maxPauseMs} ms (\`maxPauseMs\`); time-outs are ${SERVING.firstContentMs} ms to the first content, ${SERVING.betweenPartsMs} ms between parts, ${SERVING.wholeMs} ms for the whole answer.`,
    '',
    ...section(
      'Chat completions',
      cells.filter(({ api }) => api === 'chat completions'),
    ),
    ...section(
      'Responses',
      cells.filter(({ api }) => api === 'responses'),
    ),
    ...leavingSection(leaving),
  ].join('\n');
}

function section(title: string, cells: readonly SeenCell[]): string[] {
  const rows = new Map<string, (string | undefined)[]>();
  for (const cell of cells) {
    const { row, stream, hasFallback } = cell;
    const texts = rows.get(row.does) ?? Array.from<undefined>({ length: WIDTH });
    texts[(stream ? 2 : 0) + (hasFallback ? 1 : 0)] = outcomeText(cell);
    rows.set(row.does, texts);
  }
  return [
    `## ${title}`,
    '',
    '| the upstream | plain | plain, with a fallback | streamed | streamed, with a fallback |',
    '|---|---|---|---|---|',
    ...[...rows].map(([does, texts]) => `| ${does} | ${texts.map((text) => text ?? '').join(' | ')} |`),
    '',
  ];
}

/** What the client saw, in few words. */
export function outcomeText({ client }: SeenCell): string {
  const { kind, status, code, target } = client;
  if (kind === 'whole') return target === 'good/m' ? 'answered by the fallback' : 'answered';
  if (kind === 'cut') return code === null ? 'cut: the upstream’s own words' : `cut: \`${code}\``;
  return code === null ? String(status) : `${status} \`${code}\``;
}

function leavingSection(leaving: readonly SeenLeaving[]): string[] {
  return [
    '## A client that leaves',
    '',
    'The client closes or resets its connection; the time until the upstream’s connection is closed was measured each time.',
    '',
    '| it leaves | answer | upstream aborted in less than 50 ms |',
    '|---|---|---|',
    ...leaving.map(
      ({ row, rounds, isQuick }) =>
        `| ${row.when} | ${row.stream ? 'streamed' : 'plain'} | ${isQuick ? `${rounds} of ${rounds} times` : 'no'} |`,
    ),
    '',
  ];
}
