import { describe, expect, test } from 'vitest';
import { withdrawalIn, withdrawalMessage } from '#core/facts/withdrawal.ts';
import { configValue, parseConfigText } from '#schemas/config-text.ts';
import { doubledName } from '#schemas/json-text.ts';
import { LARGEST_MESSAGE, parseRequestBytes } from '#schemas/request-bytes.ts';
import { expectRefusal } from '#test/support/code.ts';
import {
  DESTINATION,
  PLAIN_REQUEST,
  plainLaw,
  plainOperations,
  plainWallet,
  requestOf,
  splitOf,
} from '#test/support/law.ts';

const bytesOf = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text));
const PLAIN = JSON.stringify(PLAIN_REQUEST);

describe('a name that stands twice', () => {
  test.each([
    ['nowhere', '{"a":[{"b":1},{"b":2}],"b":{"a":null}}', undefined],
    ['at the top', '{"a":1,"b":2,"a":1}', '/a'],
    ['below', '{"x":[0,{"y":{"z":1,"z":1}}]}', '/x/1/y/z'],
    ['spelled with an escape', '{"value":"1","\\u0076alue":"2"}', '/value'],
    ['of no letters', '{"":1,"":2}', '/'],
    ['as JavaScript objects inherit it', '{"__proto__":1,"constructor":2,"toString":3}', undefined],
    ['no object at all', '"a"', undefined],
  ])('%s', (_, text, path) => {
    expect(doubledName(text)).toBe(path);
  });
});

describe('a request in which a name stands twice is MALFORMED', () => {
  const refused = (text: string): void =>
    expectRefusal(() => parseRequestBytes(bytesOf(text)), 'MALFORMED', undefined, /^a name stands twice/);

  test.each([
    ['with another value first', `{"to":"0x${'11'.repeat(20)}",${PLAIN.slice(1)}`],
    ['with the same value', `{"to":"${DESTINATION}",${PLAIN.slice(1)}`],
    ['with an escape in the first', `{"\\u0074o":"x",${PLAIN.slice(1)}`],
    ['with a value of another type first', `{"value":{"a":[1]},${PLAIN.slice(1)}`],
  ])('%s', (_, text) => {
    refused(text);
  });

  test('with a value first that is as deep as the message may be long', () => {
    const deep = Math.floor((LARGEST_MESSAGE - PLAIN.length - 10) / 2);
    refused(`{"to":${'['.repeat(deep)}${']'.repeat(deep)},${PLAIN.slice(1)}`);
  });
});

test('a withdrawal in which a name stands twice is none', () => {
  const text = Buffer.from(withdrawalMessage('a'.repeat(64), requestOf())).toString('utf8');
  expect(withdrawalIn(bytesOf(text))).toMatchObject({ id: 'a'.repeat(64) });
  expect(withdrawalIn(bytesOf(`{"replaces":"withdraw:${'b'.repeat(64)}",${text.slice(1)}`))).toBeUndefined();
});

describe('a configuration in which a name stands twice is refused, with its path', () => {
  const text = JSON.stringify({ law: plainLaw([plainWallet(splitOf(2, 3))]), operations: plainOperations() });

  test('as it is, it is taken', () => {
    expect(parseConfigText(text).law.name).toBe('lab');
  });

  test.each([
    ['a half', text.replace('{"law":', '{"operations":{},"law":'), '/operations'],
    ['a rule of a wallet', text.replace('"wallets":[{', '"wallets":[{"name":"other",'), '/law/wallets/0/name'],
  ])('%s', (_, doubled, path) => {
    expect(doubled).not.toBe(text);
    expectRefusal(() => parseConfigText(doubled), 'CONFIG', 'config', new RegExp(`^the configuration: ${path} stands`));
    expectRefusal(() => configValue(doubled, 'a.json'), 'CONFIG', 'config', new RegExp(`^a\\.json: ${path} stands`));
  });
});
