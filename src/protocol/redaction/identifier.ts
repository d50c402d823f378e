import type { RedactionKind } from '../../schema/capture-config.ts';

/** A stretch of a text that names or opens something that is somebody's own. */
export interface Identifier {
  readonly kind: RedactionKind;
  readonly start: number;
  readonly end: number;
}
