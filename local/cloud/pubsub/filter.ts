import { CloudError, unimplemented } from '#local/cloud/runtime/cloud-error.ts';

/** Whether a message with these attributes passes. */
export type Filter = (attributes: Readonly<Record<string, string>>) => boolean;

type Kind = 'word' | 'string' | 'mark';
interface Token {
  readonly kind: Kind;
  readonly text: string;
}

const MAX_BYTES = 256;
const TOKEN = /\s*(?:([A-Za-z_][A-Za-z0-9_]*)|("(?:[^"\\]|\\.)*")|(!=|[=:.,()-]))/y;

const bad = (filter: string, why: string): CloudError =>
  new CloudError('INVALID_ARGUMENT', `Invalid filter expression: ${why} (filter=${filter})`);

const unquote = (filter: string, text: string): string =>
  text.slice(1, -1).replace(/\\(.)/g, (_, escaped: string) => {
    if (escaped === '"' || escaped === '\\') return escaped;
    throw unimplemented(`the escape \\${escaped} in a Pub/Sub filter: ${filter}`);
  });

const tokenize = (filter: string): Token[] => {
  const tokens: Token[] = [];
  const end = filter.trimEnd().length;
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < end) {
    const at = TOKEN.lastIndex;
    const [, word, quoted, mark] = TOKEN.exec(filter) ?? [];
    if (word !== undefined) tokens.push({ kind: 'word', text: word });
    else if (quoted !== undefined) tokens.push({ kind: 'string', text: unquote(filter, quoted) });
    else if (mark !== undefined) tokens.push({ kind: 'mark', text: mark });
    else throw bad(filter, `unexpected character at position ${at}`);
  }
  return tokens;
};

/**
 * Compiles the filter language of https://cloud.google.com/pubsub/docs/subscription-message-filter: `attributes:key`, `=`, `!=`,
 * `hasPrefix`, AND, OR, NOT (or `-`), parentheses. AND and OR do not mix without parentheses, operators are upper case, a key with
 * other characters than letters, digits and `_` is quoted. Throws INVALID_ARGUMENT on any other text and beyond 256 bytes.
 */
export const compileFilter = (filter: string): Filter => {
  if (filter === '') return () => true;
  if (Buffer.byteLength(filter) > MAX_BYTES) throw bad(filter, `longer than ${MAX_BYTES} bytes`);
  const tokens = tokenize(filter);
  let next = 0;

  const is = (kind: Kind, text: string): boolean => tokens[next]?.kind === kind && tokens[next]?.text === text;
  const skip = (kind: Kind, text: string): boolean => {
    const found = is(kind, text);
    if (found) next += 1;
    return found;
  };
  const need = (kind: Kind, text: string): void => {
    if (!skip(kind, text)) throw bad(filter, `expected ${text} but found ${tokens[next]?.text ?? 'the end'}`);
  };
  const literal = (...kinds: Kind[]): string => {
    const token = tokens[next];
    if (token === undefined || !kinds.includes(token.kind))
      throw bad(filter, `expected ${kinds.includes('word') ? 'an attribute key' : 'a quoted string'}`);
    next += 1;
    return token.text;
  };
  const key = (): string => {
    need('word', 'attributes');
    need('mark', '.');
    return literal('word', 'string');
  };

  const term = (): Filter => {
    if (skip('word', 'NOT') || skip('mark', '-')) {
      const inner = term();
      return (attributes) => !inner(attributes);
    }
    if (skip('mark', '(')) {
      const inner = expression();
      need('mark', ')');
      return inner;
    }
    if (skip('word', 'hasPrefix')) {
      need('mark', '(');
      const name = key();
      need('mark', ',');
      const prefix = literal('string');
      need('mark', ')');
      return (attributes) => Object.hasOwn(attributes, name) && (attributes[name] ?? '').startsWith(prefix);
    }
    if (is('word', 'attributes') && tokens[next + 1]?.text === ':' && tokens[next + 1]?.kind === 'mark') {
      next += 2;
      const name = literal('word', 'string');
      return (attributes) => Object.hasOwn(attributes, name);
    }
    const name = key();
    const negated = skip('mark', '!=');
    if (!negated) need('mark', '=');
    const value = literal('string');
    return (attributes) => (Object.hasOwn(attributes, name) && attributes[name] === value) !== negated;
  };

  const expression = (): Filter => {
    const terms = [term()];
    const joint = is('word', 'AND') ? 'AND' : 'OR';
    while (skip('word', joint)) terms.push(term());
    if (is('word', 'AND') || is('word', 'OR')) throw bad(filter, 'AND and OR need parentheses when combined');
    return joint === 'AND'
      ? (attributes) => terms.every((test) => test(attributes))
      : (attributes) => terms.some((test) => test(attributes));
  };

  const compiled = expression();
  if (next < tokens.length) throw bad(filter, `unexpected ${tokens[next]?.text}`);
  return compiled;
};
