import type { Target } from '../call-router.ts';

/** Name of a target in headers and lists: `<upstream>/<its model>` or `<model>@<version>`. */
export function targetName(target: Target): string {
  return target.kind === 'own' ? `${target.task}@${target.version}` : `${target.upstream}/${target.model}`;
}
