import { readFileSync } from 'node:fs';

const FOLDER = new URL('../../terraform/modules/finance/', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, FOLDER), 'utf8');

type Values = Readonly<Record<string, string | readonly string[]>>;

const given = <T>(values: Values, name: string, is: (value: unknown) => value is T): T => {
  const value = values[name];
  if (!is(value)) throw new Error(`the template asks for ${name}`);
  return value;
};
const isText = (value: unknown): value is string => typeof value === 'string';
const isList = (value: unknown): value is readonly string[] => Array.isArray(value);

const filled = (text: string, values: Values): string => {
  const whole = text.replaceAll(/\$\{(\w+)\}/g, (_, name: string) => given(values, name, isText));
  if (/[$%]\{/.test(whole)) throw new Error('the template says something that is not read here');
  return whole;
};

/**
 * A template of Terraform, of which it reads `for` over texts and `$` with a name: what the ledger's is made of. A test compares it with what
 * Terraform renders (https://developer.hashicorp.com/terraform/language/expressions/strings#string-templates).
 */
const rendered = (template: string, values: Values): string =>
  filled(
    template.replaceAll(
      /%\{ for (\w+) in (\w+) ~\}\n([\s\S]*?)%\{ endfor ~\}\n/g,
      (_, each: string, list: string, body: string) =>
        given(values, list, isList)
          .map((value) => filled(body, { ...values, [each]: value }))
          .join(''),
    ),
    values,
  );

/** A field of the receipts' Avro schema. `parts`: of a list of records. */
export interface Column {
  readonly name: string;
  readonly isList: boolean;
  readonly parts: readonly string[] | undefined;
}

/** Columns of the ledger: fields of schemas/receipts.avsc, in order. */
export const LEDGER_COLUMNS: readonly Column[] = (
  JSON.parse(read('../../../schemas/receipts.avsc')) as {
    fields: { name: string; type: string | { items: string | { fields: { name: string }[] } } }[];
  }
).fields.map(({ name, type }) => {
  const items = typeof type === 'string' ? undefined : type.items;
  const parts = typeof items === 'object' ? items.fields.map((field) => field.name) : undefined;
  return { name, isList: items !== undefined, parts };
});

/** Amounts that the ledger gives as numbers too, as main.tf lists them. */
export const LEDGER_AMOUNTS: readonly string[] = JSON.parse(
  /^ {2}amounts = (\[.*\])$/m.exec(read('main.tf'))?.[1] ?? '',
);

/** How a database quotes names, and what it calls a cast that gives NULL where it fails. */
export interface Dialect {
  readonly quote: string;
  readonly safe_cast: string;
}
export const BIGQUERY: Dialect = { quote: '`', safe_cast: 'SAFE_CAST' };
export const DUCKDB: Dialect = { quote: '"', safe_cast: 'TRY_CAST' };

/** The view of the ledger over a table of this name. */
export const ledgerSql = (dialect: Dialect, table: string): string => {
  const columns = LEDGER_COLUMNS.map(({ name }) => name);
  return rendered(read('ledger.sql.tftpl'), { ...dialect, amounts: LEDGER_AMOUNTS, columns, table });
};
