import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readDescriptor, readPin } from '#cli/clear/pinned.ts';
import {
  erc20,
  hashOf,
  type Pinboard,
  type Plain,
  pinboard,
  poolWhole,
  router,
  safe,
  TRANSFER,
  transferFormat,
} from '#test/support/clear/descriptors.ts';
import { TOKEN } from '#test/support/cli/people.ts';

let board: Pinboard;
beforeEach(() => {
  board = pinboard();
});
afterEach(() => board.close());

const pinned = async (content: unknown, more: Record<string, unknown> = {}) => {
  board.write('a.json', content);
  for (const [name, each] of Object.entries(more)) board.write(name, each);
  // The hash of what stands there: what is judged here is the file, not its pin.
  const hash = await readDescriptor(board.folder, 'a.json').then(
    (found) => found.hash,
    () => `0x${'0'.repeat(64)}`,
  );
  return readPin(board.folder, '31337', { address: TOKEN, file: 'a.json', hash });
};

const withFormat = (over: Plain): Plain => erc20({ [TRANSFER]: transferFormat(over) });
const withField = (field: Plain): Plain => withFormat({ interpolatedIntent: 'Hand over', fields: [field] });
const deep = (levels: number): unknown =>
  Array.from({ length: levels }).reduce<unknown>((inside) => ({ path: 'to', fields: [inside] }), {
    path: 'to',
    label: 'x',
  });

describe('a descriptor', () => {
  test.each([
    ['of a token', erc20()],
    [
      'in lower case addresses',
      { ...erc20(), context: { contract: { deployments: [{ chainId: 31337, address: TOKEN.toLowerCase() }] } } },
    ],
  ])('%s is read', async (_, whole) => {
    const found = await pinned(whole);
    expect(found).toMatchObject({
      kind: 'descriptor',
      descriptor: { file: 'a.json', owner: 'Test House', hash: hashOf(whole as Plain) },
    });
  });

  test.each([
    ['a router', router()],
    ['a pool', poolWhole()],
    ['a Safe', safe()],
  ])('of %s is parsed, and refused for a contract that it does not name', async (_, whole) => {
    expect(await pinned(whole)).toMatchObject({
      kind: 'stopped',
      stop: { code: 'DESCRIPTOR_INVALID', message: `a.json: its deployments do not name ${TOKEN} on chain 31337` },
    });
  });

  test('whose hash is not the pinned one is refused with both hashes and its name', async () => {
    board.write('a.json', erc20());
    const pin = { address: TOKEN, file: 'a.json', hash: `0x${'1'.repeat(64)}` };
    const message = `a.json has the hash ${hashOf(erc20())}, and the law pins ${pin.hash}`;
    expect(await readPin(board.folder, '31337', pin)).toEqual({
      kind: 'stopped',
      stop: { code: 'DESCRIPTOR_HASH', file: 'a.json', address: TOKEN, message },
    });
  });

  test('that is not there, or a link to another file, is refused with its name', async () => {
    const pin = { address: TOKEN, file: 'gone.json', hash: `0x${'1'.repeat(64)}` };
    const missing = { kind: 'stopped', stop: { code: 'DESCRIPTOR_MISSING', file: 'gone.json' } };
    expect(await readPin(board.folder, '31337', pin)).toMatchObject(missing);
    board.write('a.json', erc20());
    symlinkSync(join(board.folder, 'a.json'), join(board.folder, 'gone.json'));
    expect(await readPin(board.folder, '31337', pin)).toMatchObject(missing);
  });

  test('may include one of its own folder: the hash is that of both together', async () => {
    const shared = { display: { formats: { [TRANSFER]: transferFormat() } } };
    const own = {
      ...erc20(),
      includes: './shared.json',
      display: { formats: { [TRANSFER]: { intent: 'Mine', fields: [{ path: 'to', label: 'Receiver' }] } } },
    };
    const found = await pinned(own, { 'shared.json': shared });
    const whole = {
      ...erc20(),
      display: {
        formats: {
          [TRANSFER]: transferFormat({
            intent: 'Mine',
            fields: [
              { path: 'amount', label: 'Coins', format: 'tokenAmount', params: { tokenPath: '@.to' } },
              { path: 'to', label: 'Receiver', format: 'addressName' },
            ],
          }),
        },
      },
    };
    expect(found).toMatchObject({ kind: 'descriptor', descriptor: { hash: hashOf(whole) } });
  });
});

/** Whoever writes a descriptor wants a co-signer to read another payment than is made. */
describe('a hostile descriptor is refused with its code and its name', () => {
  const long = 'x'.repeat(3000);
  test.each<[string, unknown, string]>([
    ['no JSON', 'words', 'is not JSON in UTF-8'],
    ['a list', [], 'is no JSON object'],
    ['a name that stands twice', JSON.stringify(erc20()).replace('{', '{"metadata":{},'), '/metadata stands twice'],
    [
      'another version',
      { ...erc20(), $schema: 'erc7730-v3.0.0.schema.json' },
      '$schema: must end in erc7730-v2.schema.json',
    ],
    ['typed data', { ...erc20(), context: { eip712: {} } }, 'context.contract'],
    ['a member that nobody knows', { ...erc20(), script: 'x' }, 'Unrecognized key: "script"'],
    ['a very long text', { ...erc20(), metadata: { owner: long } }, 'a text has more than 2000 characters'],
    ['a long label', withField({ path: 'to', label: 'x'.repeat(81) }), 'label: Too big'],
    [
      'a letter that turns the direction',
      withFormat({ intent: 'Pay\u202e 001' }),
      'a letter that cannot be seen, or that draws',
    ],
    ['an escape sequence', withFormat({ intent: '\u001b[2J' }), 'a letter that cannot be seen, or that draws'],
    ['half a character', JSON.stringify(erc20()).replace('Hand over coins', '\\ud800'), 'half a character'],
    ['our marks', withFormat({ intent: 'Pay” keyturn says: “safe' }), 'mark whose words they are'],
    ['a fraction', { ...erc20(), metadata: { owner: 'x', constants: { a: 0.1 } } }, 'every reader reads alike'],
    ['a number without end', JSON.stringify(erc20()).replace('31337', '1e999'), 'every reader reads alike'],
    ['__proto__', JSON.stringify(erc20()).replace('"constants"', '"__proto__"'), 'a member is called __proto__'],
    ['constructor', JSON.stringify(erc20()).replace('"constants"', '"constructor"'), 'a member is called constructor'],
    ['deep nesting', `{"a":${'['.repeat(5000)}${']'.repeat(5000)}}`, 'nests more than 24 deep'],
    ['deep groups', withFormat({ interpolatedIntent: 'x', fields: [deep(6)] }), 'groups nest more than 4 deep'],
    [
      'too many values',
      { ...erc20(), context: { contract: { deployments: Array(6000).fill(0) } }, x: Array(6000).fill(0) },
      'more than 10000 values',
    ],
    ['a path to no argument', withField({ path: 'amounts', label: 'x' }), 'no argument is called amounts'],
    ['an inherited name as a path', withField({ path: 'toString', label: 'x' }), 'no argument is called toString'],
    ['an index into what is no array', withField({ path: 'to.[0]', label: 'x' }), 'behind what is no array'],
    [
      'a format of another type',
      withField({ path: 'to', label: 'x', format: 'tokenAmount' }),
      'tokenAmount does not fit the type address',
    ],
    [
      'an address as a date',
      withField({ path: 'to', label: 'x', format: 'date', params: { encoding: 'timestamp' } }),
      'date does not fit',
    ],
    [
      'a token that is an amount',
      withField({ path: 'amount', label: 'x', format: 'tokenAmount', params: { tokenPath: 'amount' } }),
      'amount is no address',
    ],
    ['a format of its own', withField({ path: 'to', label: 'x', format: 'html' }), 'html is no format of ERC-7730'],
    [
      'an enum that is not there',
      withField({ path: 'amount', label: 'x', format: 'enum', params: { $ref: '$.metadata.enums.toString' } }),
      'names no enum',
    ],
    [
      'a constant that is not there',
      withField({
        path: 'amount',
        label: 'x',
        format: 'tokenAmount',
        params: { token: '$.metadata.constants.valueOf' },
      }),
      'names no constant',
    ],
    [
      'a definition that is not there',
      withField({ path: 'amount', $ref: '$.display.definitions.hasOwnProperty' }),
      'names no definition',
    ],
    [
      'a pattern',
      withField({ path: 'amount', label: 'x', format: 'raw', params: { pattern: '(a+)+$' } }),
      'params of raw',
    ],
    [
      'a sentence with another value',
      withFormat({ interpolatedIntent: 'Pay {amount} to {from}' }),
      'no argument is called from',
    ],
    [
      'a sentence with code',
      withFormat({ interpolatedIntent: '{constructor.constructor("x")()}' }),
      'no argument is called constructor',
    ],
    [
      'a sentence that names what no field shows',
      withFormat({ fields: [{ path: 'to', label: 'To' }] }),
      'which no field shows',
    ],
    ['an open brace', withFormat({ interpolatedIntent: 'Pay {amount' }), 'does not close it'],
    [
      'two readings of one function',
      erc20({ 'transfer(address a,uint256 b)': transferFormat({ interpolatedIntent: 'x', fields: [] }) }),
      'two formats have the selector',
    ],
    ['no function', erc20({ 'transfer of coins': transferFormat() }), 'must be a function'],
    [
      'a function as nobody spells it',
      erc20({ 'transfer(address payable to,uint amount)': transferFormat() }),
      'must be',
    ],
    ['an include by url', { ...erc20(), includes: 'https://example.com/a.json' }, 'no url, no other folder'],
    ['an include of another folder', { ...erc20(), includes: '../keyturn.json' }, 'no url, no other folder'],
    ['an include of itself', { ...erc20(), includes: './a.json' }, 'includes a.json within itself'],
    ['an include that is no text', { ...erc20(), includes: ['a.json'] }, 'no url, no other folder'],
  ])('threat 98: a descriptor with %s is refused', async (_, whole, message) => {
    const found = await pinned(whole);
    expect(found).toMatchObject({ kind: 'stopped', stop: { code: 'DESCRIPTOR_INVALID', file: 'a.json' } });
    expect(found.kind === 'stopped' ? found.stop.message : '').toContain(message);
  });

  test('includes that go round', async () => {
    const found = await pinned(
      { ...erc20(), includes: 'b.json' },
      { 'b.json': { includes: 'c.json' }, 'c.json': { includes: './b.json' } },
    );
    expect(found).toMatchObject({
      stop: { code: 'DESCRIPTOR_INVALID', message: 'a.json: includes b.json within itself' },
    });
  });

  test('a chain of includes without end', async () => {
    const chain = Object.fromEntries(
      Array.from({ length: 9 }, (_, n) => [`i${n}.json`, { includes: `i${n + 1}.json` }]),
    );
    expect(await pinned({ ...erc20(), includes: 'i0.json' }, chain)).toMatchObject({
      stop: { code: 'DESCRIPTOR_INVALID', message: 'a.json: includes more than 5 files' },
    });
  });

  test('fields of an include whose path stands twice', async () => {
    const twice = [
      { path: 'to', label: 'a' },
      { path: 'to', label: 'b' },
    ];
    const shared = { display: { formats: { [TRANSFER]: { fields: twice } } } };
    expect(await pinned({ ...erc20(), includes: 'b.json' }, { 'b.json': shared })).toMatchObject({
      stop: { code: 'DESCRIPTOR_INVALID' },
    });
  });

  test('one larger than 256 KiB', async () => {
    expect(await pinned(`{"a":"${'x'.repeat(300_000)}"}`)).toMatchObject({
      stop: { code: 'DESCRIPTOR_INVALID', message: 'a.json: is larger than 262144 bytes' },
    });
  });
});
