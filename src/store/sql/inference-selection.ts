import type { InferenceFilter } from '../store.ts';
import { type Dialect, rowsOf, type Statement, type Work } from './database.ts';
import { type Condition, conditionsOf, timeConditionsOf } from './inference-conditions.ts';

/** A condition that can find so few rows is found first, and the others are checked on those. */
const FEW = 1000;

/** The inferences of a filter, as the end of a statement. */
export interface Selection extends Statement {
  /** `FROM … WHERE …`. */
  readonly sql: string;
  /** Columns to order by, of the index that leads. */
  readonly at: string;
  readonly seq: string;
}

interface SelectionOptions {
  /** Columns of `inferences` are wanted, not only how many rows there are. */
  readonly columns: boolean;
  /** Further conditions, made with the columns of the position. */
  readonly beyond?: (columns: { at: string; seq: string }) => Condition;
}

type Lead = NonNullable<Condition['lead']>;

/**
 * Selects through the index of the condition that leaves the fewest rows. Neither database can know which that is: SQLite has no
 * statistics here, and Postgres none of what people wrote. So where several have an index each is asked for its first rows.
 */
export function* selectInferences(
  filter: InferenceFilter,
  dialect: Dialect,
  options: SelectionOptions,
): Work<Selection> {
  const conditions = conditionsOf(filter);
  const leading = conditions.filter(({ lead }) => lead !== undefined);
  const others = (lead: Condition): Condition[] => conditions.filter((condition) => condition !== lead);
  if (leading.length > 1) {
    for (const condition of leading) {
      const found = yield* fewRowsOf(condition, filter, dialect, options);
      if (found !== null) return selectAmong(found, others(condition), dialect);
    }
  }
  const [first] = leading;
  const lead = first?.lead ?? { index: 'inferences_by_time' };
  if ('tag' in lead) return selectByTag(lead.tag, others(first!), filter, options);
  return selectByIndex(lead.index, conditions, filter, dialect, options);
}

/** The rows of one condition within the time that is asked for, if they are few. */
function* fewRowsOf(
  condition: Condition,
  filter: InferenceFilter,
  dialect: Dialect,
  options: SelectionOptions,
): Work<number[] | null> {
  const lead: Lead = condition.lead!;
  const { sql, parameters, seq } =
    'tag' in lead
      ? selectByTag(lead.tag, [], filter, { ...options, columns: false })
      : selectByIndex(lead.index, [condition], filter, dialect, options);
  const rows = yield* rowsOf(`SELECT ${seq} AS seq ${sql} LIMIT ${FEW + 1}`, ...parameters);
  return rows.length > FEW ? null : rows.map((row) => Number(row['seq']));
}

const OWN = { at: 'inferences.at', seq: 'inferences.seq' };
const OF_TAG = { at: 'tag.at', seq: 'tag.seq' };

function selectAmong(seqs: readonly number[], conditions: readonly Condition[], dialect: Dialect): Selection {
  const among = dialect.oneOf('inferences.seq', seqs);
  return selection(`inferences${dialect.indexedBy(null)}`, [among, ...conditions], OWN);
}

function selectByTag(
  [name, value]: readonly [string, string],
  conditions: readonly Condition[],
  filter: InferenceFilter,
  { columns, beyond }: SelectionOptions,
): Selection {
  const tagged = { sql: 'tag.name = ? AND tag.value = ?', parameters: [name, value] };
  const rest = [...timeConditionsOf(filter, OF_TAG.at), ...(beyond === undefined ? [] : [beyond(OF_TAG)])];
  if (!columns && conditions.length === 0) {
    return selection('inference_tags AS tag', [tagged, ...rest], OF_TAG);
  }
  const joined = { sql: 'inferences.seq = tag.seq', parameters: [] };
  return selection(
    'inference_tags AS tag CROSS JOIN inferences',
    [tagged, joined, ...conditions, ...rest],
    OF_TAG,
  );
}

function selectByIndex(
  index: string,
  conditions: readonly Condition[],
  filter: InferenceFilter,
  dialect: Dialect,
  { beyond }: SelectionOptions,
): Selection {
  const rest = [...timeConditionsOf(filter, OWN.at), ...(beyond === undefined ? [] : [beyond(OWN)])];
  return selection(`inferences${dialect.indexedBy(index)}`, [...conditions, ...rest], OWN);
}

function selection(
  from: string,
  conditions: readonly Statement[],
  columns: { at: string; seq: string },
): Selection {
  const where = conditions.length === 0 ? '' : ` WHERE ${conditions.map(({ sql }) => sql).join(' AND ')}`;
  return {
    sql: `FROM ${from}${where}`,
    parameters: conditions.flatMap(({ parameters }) => parameters),
    ...columns,
  };
}
