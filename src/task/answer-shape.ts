import { allowedStrings, allowsType, isObject, type Json, resolve } from './json-schema.ts';

/**
 * How a label is written into a response: bare, or inside the JSON that `response_format` asks for.
 * `before` and `after` surround the label; the label itself is written by `writeLabel`.
 */
export interface AnswerShape {
  readonly isJson: boolean;
  /** The content for a label; null when the format requires its probability and that is unknown. */
  write(label: string, probability: number | null): AnswerParts | null;
}

/** The content in three parts, so that the label can be told apart as one token. */
export interface AnswerParts {
  readonly before: string;
  readonly label: string;
  readonly after: string;
}

/** A shape, or why no label fits the format that was asked for. */
export type ShapeResult = { shape: AnswerShape } | { refusal: string; param: string };

const BARE: AnswerShape = {
  isJson: false,
  write: (label) => ({ before: '', label, after: '' }),
};

/** Property names that mean the label, best first, when a schema has several that could hold it. */
const LABEL_NAMES = ['label', 'class', 'category', 'output', 'answer', 'value', 'result', 'name'];
const PROBABILITY_NAMES = new Set(['probability', 'confidence', 'score']);

/**
 * The shape of the answer that `response_format` asks for: absent or `text` gives the bare label, `json_object` gives
 * `{"label": …}`, `json_schema` gives an object of that schema with the label in its one string property (of several
 * the one called `label`, `class`, `category` or as the task, else the only one with a list of values, else by weaker names) and, where the schema has a number called
 * `probability`, `confidence` or `score`, the label's probability in it.
 */
export function answerShapeOf(
  responseFormat: unknown,
  { taskName, labels }: { taskName: string; labels: readonly string[] },
): ShapeResult {
  if (responseFormat === undefined || responseFormat === null) return { shape: BARE };
  if (!isObject(responseFormat)) return refuse('expected an object', 'response_format');
  switch (responseFormat['type']) {
    case 'text':
      return { shape: BARE };
    case 'json_object':
      return { shape: objectShape([{ name: 'label', holds: 'label' }]) };
    case 'json_schema':
      return schemaShape(responseFormat['json_schema'], { taskName, labels });
    default:
      return refuse('expected "text", "json_object" or "json_schema"', 'response_format.type');
  }
}

function schemaShape(
  jsonSchema: unknown,
  context: { taskName: string; labels: readonly string[] },
): ShapeResult {
  const param = 'response_format.json_schema.schema';
  const root = isObject(jsonSchema) ? jsonSchema['schema'] : undefined;
  if (!isObject(root)) return refuse('expected a JSON schema', param);
  const schema = resolve(root, root);
  const properties = isObject(schema['properties']) ? schema['properties'] : undefined;
  if (properties === undefined) return refuse('expected a schema of an object with properties', param);
  const labelName = labelPropertyOf(properties, root, context.taskName);
  if (labelName === undefined) {
    return refuse('expected one string property that can hold the label, for example "label"', param);
  }
  const missing = labelsOutside(properties[labelName], root, context.labels);
  if (missing.length > 0) {
    const list = missing.slice(0, 5).map((label) => JSON.stringify(label));
    return refuse(
      `the values allowed for "${labelName}" lack ${list.join(', ')}${missing.length > 5 ? ', …' : ''}, which this model can answer`,
      param,
    );
  }
  return otherProperties(schema, properties, labelName, root);
}

/** Decides what every property but the label holds. */
function otherProperties(schema: Json, properties: Json, labelName: string, root: Json): ShapeResult {
  const required = new Set(Array.isArray(schema['required']) ? (schema['required'] as unknown[]) : []);
  const slots: Slot[] = [];
  for (const [name, property] of Object.entries(properties)) {
    const resolved = resolve(property, root);
    if (name === labelName) slots.push({ name, holds: 'label' });
    else if (PROBABILITY_NAMES.has(name.toLowerCase()) && allowsType(resolved, 'number', root)) {
      const isNullable = allowsType(resolved, 'null', root);
      const whenUnknown = isNullable ? 'null' : required.has(name) ? 'refuse' : 'leave-out';
      slots.push({ name, holds: 'probability', whenUnknown });
    } else if (required.has(name)) {
      if (!allowsType(resolved, 'null', root)) return unknownProperty(name, labelName);
      slots.push({ name, holds: 'null' });
    }
  }
  return { shape: objectShape(slots) };
}

function unknownProperty(name: string, labelName: string): ShapeResult {
  return refuse(
    `this model answers one label, which goes to "${labelName}"; it has nothing for the required property ${JSON.stringify(name)}`,
    'response_format.json_schema.schema',
  );
}

type Slot =
  | { name: string; holds: 'label' }
  | { name: string; holds: 'null' }
  | { name: string; holds: 'probability'; whenUnknown: 'null' | 'leave-out' | 'refuse' };

function objectShape(slots: readonly Slot[]): AnswerShape {
  return {
    isJson: true,
    write: (label, probability) => {
      const texts = slots.map((slot) => slotText(slot, label, probability));
      if (texts.includes(null)) return null;
      const present = slots
        .map((slot, index) => ({ slot, text: texts[index]! }))
        .filter(({ text }) => text !== '');
      const at = present.findIndex(({ slot }) => slot.holds === 'label');
      const join = (part: typeof present): string => part.map(({ text }) => text).join(',');
      const before = present.slice(0, at);
      const after = present.slice(at + 1);
      return {
        before: `{${join(before)}${before.length > 0 ? ',' : ''}${JSON.stringify(present[at]!.slot.name)}:`,
        label: JSON.stringify(label),
        after: `${after.length > 0 ? ',' : ''}${join(after)}}`,
      };
    },
  };
}

/** One property as JSON; empty: leave it out; null: it cannot be filled. */
function slotText(slot: Slot, label: string, probability: number | null): string | null {
  const property = (value: unknown): string => `${JSON.stringify(slot.name)}:${JSON.stringify(value)}`;
  if (slot.holds === 'label') return property(label);
  if (slot.holds === 'null') return property(null);
  if (probability !== null) return property(Number(probability.toPrecision(7)));
  return { null: property(null), 'leave-out': '', refuse: null }[slot.whenUnknown];
}

/** The name of the property that holds the label in answers of a schema; undefined when none or several could. */
export function labelPropertyIn(schema: Json, taskName: string): string | undefined {
  const { properties } = resolve(schema, schema);
  return isObject(properties) ? labelPropertyOf(properties, schema, taskName) : undefined;
}

function labelPropertyOf(properties: Json, root: Json, taskName: string): string | undefined {
  const names = Object.keys(properties).filter((name) =>
    allowsType(resolve(properties[name], root), 'string', root),
  );
  if (names.length <= 1) return names[0];
  const named = (wanted: readonly string[]): string | undefined =>
    wanted
      .map((want) => names.find((name) => name.toLowerCase() === want))
      .find((name) => name !== undefined);
  const choices = names.filter((name) => allowedStrings(properties[name], root) !== null);
  const only = choices.length === 1 ? choices[0] : undefined;
  return named([...LABEL_NAMES.slice(0, 3), taskName]) ?? only ?? named(LABEL_NAMES.slice(3));
}

function labelsOutside(property: unknown, root: Json, labels: readonly string[]): string[] {
  const allowed = allowedStrings(property, root);
  return allowed === null ? [] : labels.filter((label) => !allowed.has(label));
}

function refuse(refusal: string, param: string): ShapeResult {
  return { refusal, param };
}
