import { BeyondTheModel, invalid, noSuchTable } from './errors.ts';
import { fromNative, type Item, orderText, typeOf, type Value } from './values.ts';

/** The names of a table's key attributes; both are strings in all of ours. */
export interface KeySchema {
  readonly partitionKey: string;
  readonly sortKey?: string;
}

/** An item's key: its partition, and its place in there (empty in a table without a sort key). */
export interface ItemKey {
  readonly partition: string;
  readonly sort: string;
}

/** One table: its items by partition, each partition in the order of its sort key when asked. */
export class Table {
  readonly schema: KeySchema;
  readonly keyNames: readonly string[];
  private readonly partitions = new Map<string, Map<string, Item>>();

  constructor(schema: KeySchema) {
    this.schema = schema;
    this.keyNames =
      schema.sortKey === undefined ? [schema.partitionKey] : [schema.partitionKey, schema.sortKey];
  }

  get({ partition, sort }: ItemKey): Item | undefined {
    return this.partitions.get(partition)?.get(sort);
  }

  /** @param item the new item, or `undefined` to remove the one there is */
  put({ partition, sort }: ItemKey, item: Item | undefined): void {
    let items = this.partitions.get(partition);
    if (item === undefined) {
      items?.delete(sort);
      return;
    }
    if (items === undefined) {
      items = new Map();
      this.partitions.set(partition, items);
    }
    items.set(sort, item);
  }

  /** The sort keys and items of a partition, in order. */
  query(partition: string): readonly (readonly [string, Item])[] {
    return [...(this.partitions.get(partition) ?? [])].sort(([left], [right]) => orderText(left, right));
  }

  /** All items, in the order of their keys. */
  scan(): Item[] {
    return [...this.partitions.keys()]
      .sort(orderText)
      .flatMap((partition) => this.query(partition).map(([, item]) => item));
  }

  /** A table with the same items that goes its own way. */
  copy(): Table {
    const copy = new Table(this.schema);
    for (const [partition, items] of this.partitions) {
      copy.partitions.set(partition, new Map(items));
    }
    return copy;
  }

  /** Reads a key as a caller wrote it. @throws ValidationException unless it is a whole key and nothing else */
  readKey(given: Readonly<Record<string, unknown>> | undefined): ItemKey {
    const names = Object.keys(given ?? {}).filter((name) => given?.[name] !== undefined);
    if (names.length !== this.keyNames.length || !this.keyNames.every((name) => names.includes(name))) {
      throw invalid('The provided key element does not match the schema');
    }
    return this.keyOf((name) => fromNative(given?.[name]));
  }

  /** The key of a whole item. @throws ValidationException when it has none */
  keyOfItem(item: Item): ItemKey {
    return this.keyOf((name) => (Object.hasOwn(item, name) ? item[name] : undefined));
  }

  private keyOf(attribute: (name: string) => Value | undefined): ItemKey {
    const { partitionKey, sortKey } = this.schema;
    const partition = keyText(partitionKey, attribute(partitionKey));
    return { partition, sort: sortKey === undefined ? '' : keyText(sortKey, attribute(sortKey)) };
  }

  /** The attributes that an item has by its key alone. */
  attributesOf({ partition, sort }: ItemKey): Record<string, Value> {
    const { partitionKey, sortKey } = this.schema;
    return { [partitionKey]: partition, ...(sortKey === undefined ? {} : { [sortKey]: sort }) };
  }
}

/** Checks a value for a key attribute. */
export function keyText(name: string, value: Value | undefined): string {
  if (value === undefined) {
    throw invalid(`One or more parameter values were invalid: Missing the key ${name} in the item`);
  }
  if (typeof value !== 'string') {
    throw invalid(
      `One or more parameter values were invalid: Type mismatch for key ${name} expected: S actual: ${typeOf(value)}`,
    );
  }
  if (value === '') {
    throw invalid(
      'One or more parameter values are not valid. ' +
        `The AttributeValue for a key attribute cannot contain an empty string value. Key: ${name}`,
    );
  }
  return value;
}

/** The tables there are. */
export type Tables = ReadonlyMap<string, Table>;

/** @throws ResourceNotFoundException */
export function tableNamed(tables: Tables, name: string | undefined): Table {
  const table = name === undefined ? undefined : tables.get(name);
  if (table === undefined) {
    throw noSuchTable();
  }
  return table;
}

/** Refuses parameters of a command that the model does not know, so that none is silently ignored. */
export function refuseOtherParameters(input: object, known: readonly string[]): void {
  for (const [name, value] of Object.entries(input)) {
    if (value !== undefined && !known.includes(name)) {
      throw new BeyondTheModel(`the parameter ${name}`);
    }
  }
}
