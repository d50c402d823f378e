import type { Target } from '../call-router.ts';
import type { PipelineOptions } from './pipeline-options.ts';

/** Name of a target in headers and lists: `<upstream>/<its model>` or `<model>@<version>`. */
export function targetName(target: Target): string {
  return target.kind === 'own' ? `${target.task}@${target.version}` : `${target.upstream}/${target.model}`;
}

/** What an own model asks in turn, as `<upstream>/<its model>`. */
export function askedBy(target: Target, { directory }: Pick<PipelineOptions, 'directory'>): string[] {
  if (target.kind !== 'own') return [];
  const names = directory.pool.upstreamsOf(target.task, target.version);
  return names.map((name) => `${name}/${directory.upstreams.get(name)?.model ?? ''}`);
}
