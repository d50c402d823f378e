import type { SharedV4Warning } from '@ai-sdk/provider';

/** A model's own remark about a call, in one line. */
export function warningText(warning: SharedV4Warning): string {
  switch (warning.type) {
    case 'unsupported':
    case 'compatibility':
      return `${warning.type}: ${warning.feature}${warning.details === undefined ? '' : ` (${warning.details})`}`;
    case 'deprecated':
      return `deprecated: ${warning.setting} (${warning.message})`;
    case 'other':
      return warning.message;
  }
}
