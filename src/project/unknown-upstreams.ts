import type { Config } from '../schema/config.ts';
import { closestName } from '../util/closest-name.ts';

/** One sentence for each upstream that tasks or the default name and that the config does not have. */
export function unknownUpstreams({ tasks, upstreams, defaultUpstream }: Config): string[] {
  const known = Object.keys(upstreams);
  const named = Object.entries(tasks).flatMap(([task, { upstream = [] }]) =>
    upstream.map((name) => ({ where: `tasks.${task}.upstream`, name: name.split('/')[0]!, found: name })),
  );
  if (defaultUpstream !== undefined)
    named.push({ where: 'defaultUpstream', name: defaultUpstream, found: defaultUpstream });
  return named
    .filter(({ name }) => !known.includes(name))
    .map(
      ({ where, name, found }) => `${where}: ${expectedOf(known)}; found "${found}"${nearestOf(name, known)}`,
    );
}

function expectedOf(known: readonly string[]): string {
  if (known.length === 0) return 'expected an entry of upstreams, of which there is none';
  return `expected ${known.map((name) => `"${name}"`).join(' or ')} of upstreams`;
}

function nearestOf(name: string, known: readonly string[]): string {
  const nearest = closestName(name, known);
  return nearest === undefined ? '' : ` (did you mean "${nearest}"?)`;
}
