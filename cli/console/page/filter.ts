import type { Filter } from './model.ts';

/** What of a form is read here: its fields by their name, as texts. */
export interface Fields {
  get(name: string): unknown;
}

const NAMES = ['month', 'wallet', 'asset', 'reference', 'requester'] as const;

/** What somebody typed; an empty field narrows nothing. The process says which of it is no value. */
export const filterOf = (fields: Fields): Filter =>
  Object.fromEntries(
    NAMES.flatMap((name) => {
      const value = fields.get(name);
      const text = typeof value === 'string' ? value.trim() : '';
      return text === '' ? [] : [[name, text]];
    }),
  );
