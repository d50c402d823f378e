import type { Config } from '../schema/config.ts';
import { nearestValue } from './explain-config-issue.ts';

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
      ({ where, name, found }) =>
        `${where}: ${expectedOf(known)}; found "${found}"${nearestValue(known, name)}`,
    );
}

function expectedOf(known: readonly string[]): string {
  if (known.length === 0) return 'expected an entry of upstreams, of which there is none';
  return `expected ${known.map((name) => `"${name}"`).join(' or ')} of upstreams`;
}
