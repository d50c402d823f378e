/** A length known now, or a product of named lengths and a number, such as `batch`, `batch*time` or `2*time`. */
export type Dimension = number | string;

interface Product {
  factor: number;
  /** Sorted. */
  names: string[];
}

function parse(dimension: Dimension): Product {
  if (typeof dimension === 'number') return { factor: dimension, names: [] };
  const product: Product = { factor: 1, names: [] };
  for (const part of dimension.split('*')) {
    const number = Number(part);
    if (Number.isInteger(number)) product.factor *= number;
    else product.names.push(part);
  }
  product.names.sort();
  return product;
}

function format({ factor, names }: Product): Dimension {
  if (names.length === 0 || factor === 0) return factor;
  return [...(factor === 1 ? [] : [String(factor)]), ...names].join('*');
}

const NAME = /^[A-Za-z_][\w.-]*$/;

/** Whether it can be a length: a whole number from 0, or a product of names and a number. */
export function isDimension(dimension: unknown): dimension is Dimension {
  if (typeof dimension === 'number') return Number.isSafeInteger(dimension) && dimension >= 0;
  if (typeof dimension !== 'string') return false;
  return dimension.split('*').every((part) => NAME.test(part) || /^[1-9]\d*$/.test(part));
}

/** The same length, written in the one way that equal lengths are written. */
export function canonical(dimension: Dimension): Dimension {
  return typeof dimension === 'number' ? dimension : format(parse(dimension));
}

/** The product of lengths. */
export function product(dimensions: readonly Dimension[]): Dimension {
  const total: Product = { factor: 1, names: [] };
  for (const dimension of dimensions) {
    const { factor, names } = parse(dimension);
    total.factor *= factor;
    total.names.push(...names);
  }
  total.names.sort();
  return format(total);
}

/** The names a dimension is made of. */
export function namesOf(dimension: Dimension): readonly string[] {
  return parse(dimension).names;
}

/** The length once every name has one. Throws a RangeError for a name without. */
export function lengthOf(dimension: Dimension, lengths: Readonly<Record<string, number>>): number {
  const { factor, names } = parse(dimension);
  return names.reduce((length, name) => {
    const value = lengths[name];
    if (value === undefined) throw new RangeError(`no length for dimension "${name}"`);
    return length * value;
  }, factor);
}
