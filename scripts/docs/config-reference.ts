import { readdirSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { capturedSourceSchema } from '../../src/schema/captured-source.ts';
import {
  addressUpstreamSchema,
  columnsSchema,
  configSchema,
  modelUpstreamSchema,
  taskConfigSchema,
} from '../../src/schema/config.ts';
import { type KeyDescriptions, keyDescriptions } from './key-descriptions.ts';

interface Section {
  title: string;
  introduction: string;
  schema: z.ZodType;
  /** Constants in `config.ts` that hold the keys' descriptions. */
  constants: string[];
}

const SECTIONS: Section[] = [
  {
    title: 'The file',
    introduction: 'The default export of `homegrown.config.ts`; wrap it in `defineConfig` for types.',
    schema: configSchema,
    constants: ['configSchema'],
  },
  {
    title: 'A task',
    introduction: 'Each entry of `tasks`.',
    schema: taskConfigSchema,
    constants: ['taskConfigSchema'],
  },
  {
    title: 'Columns',
    introduction:
      'A task’s `columns`: names of the CSV or Parquet columns or of the JSON keys. `group`, `time`, `weight` and `split` are found by these names when left out; `null` says not to use such a column.',
    schema: columnsSchema,
    constants: ['columnsSchema'],
  },
  {
    title: 'Captured calls',
    introduction:
      'What `captured({ … })` in a task’s `data` takes; all conditions hold together. See [captured data](../captured-data.md).',
    schema: capturedSourceSchema.omit({ source: true }),
    constants: ['capturedSourceSchema'],
  },
  {
    title: 'An upstream at an address',
    introduction: 'An entry of `upstreams`: any OpenAI-compatible address.',
    schema: addressUpstreamSchema,
    constants: ['addressUpstreamSchema', 'upstreamLimits'],
  },
  {
    title: 'An upstream as an AI SDK model',
    introduction: 'An entry of `upstreams`: a model object of any AI SDK provider, with the same limits.',
    schema: modelUpstreamSchema,
    constants: ['modelUpstreamSchema', 'upstreamLimits'],
  },
];

/** Keys whose values a schema in JSON cannot describe. */
const SPECIAL_TYPES: Record<string, string> = {
  'taskConfigSchema.input': 'function (request) → string or null',
  'taskConfigSchema.output.read': 'function (answer, request) → string or null',
  'taskConfigSchema.output.write': 'function (label, { request }) → string or message',
  'taskConfigSchema.claims': 'function (request) → boolean',
  'taskConfigSchema.data': 'string or captured() or list of these',
  'configSchema.capture.redactText': 'function (text) → string',
  'modelUpstreamSchema.model': 'AI SDK language model',
  'modelUpstreamSchema.embeddings': 'AI SDK embedding model',
};

/** Keys whose values have a section of their own. */
const OWN_SECTION = new Set(['configSchema.tasks', 'configSchema.upstreams', 'taskConfigSchema.columns']);

interface JsonSchema {
  type?: string | string[];
  const?: unknown;
  enum?: unknown[];
  default?: unknown;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  items?: JsonSchema;
  anyOf?: JsonSchema[];
  properties?: Record<string, JsonSchema>;
  required?: string[];
}

const SCHEMAS = new URL('../../src/schema/', import.meta.url);

/** `docs/reference/config.md`: every key of the config with its type, default and meaning. */
export function configReference(): string {
  const names = readdirSync(SCHEMAS).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'));
  const descriptions = keyDescriptions(names.map((name) => readFileSync(new URL(name, SCHEMAS), 'utf8')));
  const sections = SECTIONS.map((section) => renderSection(section, descriptions));
  return `${['# Config reference', INTRODUCTION, ...sections].join('\n\n')}\n`;
}

const INTRODUCTION =
  'Made from the schema that checks a config (`src/schema/`) by `npm run docs:generate`. An unknown key is an error that names the nearest known one.';

function renderSection(section: Section, descriptions: KeyDescriptions): string {
  const schema = z.toJSONSchema(section.schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema;
  const rows = rowsOf({ schema, section, descriptions, prefix: '' });
  const head = ['| key | type | default | meaning |', '|---|---|---|---|'];
  return [`## ${section.title}`, section.introduction, [...head, ...rows].join('\n')].join('\n\n');
}

interface Rows {
  schema: JsonSchema;
  section: Section;
  descriptions: KeyDescriptions;
  prefix: string;
}

function rowsOf({ schema, section, descriptions, prefix }: Rows): string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, property]) => {
    const paths = section.constants.map((constant) => `${constant}.${prefix}${key}`);
    const meaning = paths.map((path) => descriptions.of(path)).find((text) => text !== undefined);
    if (meaning === undefined) throw new Error(`src/schema/ has no comment on ${paths[0]}`);
    const cells = [
      `\`${prefix}${key}\``,
      paths.map((path) => SPECIAL_TYPES[path]).find((type) => type !== undefined) ?? typeOf(property),
      defaultOf(property, schema.required?.includes(key) === true),
      meaning,
    ];
    const nested = paths.some((path) => OWN_SECTION.has(path))
      ? []
      : rowsOf({ schema: property, section, descriptions, prefix: `${prefix}${key}.` });
    return [`| ${cells.map(escapePipes).join(' | ')} |`, ...nested];
  });
}

function typeOf(schema: JsonSchema): string {
  if (schema.const !== undefined) return code(schema.const);
  if (schema.enum !== undefined) return schema.enum.map(code).join(' or ');
  if (schema.anyOf !== undefined) return [...new Set(schema.anyOf.map(typeOf))].join(' or ');
  if (schema.type === 'array') return `list of ${typeOf(schema.items ?? {})}`;
  const types = Array.isArray(schema.type) ? schema.type.join(' or ') : (schema.type ?? 'any');
  return [types, ...bounds(schema)].join(' ');
}

function bounds({ minimum, maximum, exclusiveMinimum }: JsonSchema): string[] {
  const bounded = maximum !== undefined && maximum !== Number.MAX_SAFE_INTEGER;
  if (minimum !== undefined) return [bounded ? `from ${minimum} to ${maximum}` : `from ${minimum}`];
  return exclusiveMinimum === undefined ? [] : [`above ${exclusiveMinimum}`];
}

function defaultOf(schema: JsonSchema, required: boolean): string {
  if (required) return 'required';
  if (schema.default === undefined || JSON.stringify(schema.default) === '{}') return '';
  return code(schema.default);
}

const code = (value: unknown): string => `\`${JSON.stringify(value).replaceAll('"', "'")}\``;

const escapePipes = (text: string): string => text.replaceAll('|', '\\|');
