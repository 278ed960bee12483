import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { MAX_ANSWER_BYTES } from '#adapters/chain/rpc-http.ts';
import { homeAad } from '#cli/wallet/ceremony.ts';
import { MAX_TRIES, SUSPECT_TRIES } from '#core/decide/relaunch.ts';
import { STAGES } from '#core/facts/marks.ts';
import { closeBytes, MAX_BATCH_ITEMS, MAX_ENTRY_BYTES, sealBytes } from '#core/register/entry.ts';
import { MAX_BATCH_BYTES } from '#core/register/plan.ts';
import { MAX_GROUP_SIZE } from '#core/shares/feldman.ts';
import { COUNTED_UPLOADS, MAX_SHARE_BYTES } from '#core/shares/quorum.ts';
import { assetsOf } from '#core/transaction/assets.ts';
import { MAX_RUNGS } from '#core/transaction/fees.ts';
import { lawSchema, operationsSchema } from '#schemas/config.ts';
import { buriedAttributes, MOST_DELIVERIES } from '#schemas/dead-letters.ts';
import { EVENT_DOMAIN, SIGNATURE_ATTRIBUTES, SIGNED_ATTRIBUTES, signedBytes } from '#schemas/event-signature.ts';
import { EVENT_TYPES } from '#schemas/event-types.ts';
import { messageOf } from '#schemas/events.ts';
import { FACTS, OUTCOMES } from '#schemas/facts.ts';
import * as names from '#schemas/names.ts';
import { MAX_PREDICTED, MAX_PREDICTION_BYTES } from '#schemas/prediction.ts';
import { MAX_REPLAY_DAYS, REPLAYED_A_TICK } from '#schemas/replay.ts';
import { REQUEST_FIELDS } from '#schemas/request.ts';
import { LARGEST_MESSAGE } from '#schemas/request-bytes.ts';
import { requestOf } from '#test/support/law.ts';
import { codeIn, readPage, type Table, tablesOf } from '#test/support/page.ts';
import { FIRST_MS, PATIENCE_MS, REQUEST_DEADLINE_MS } from '#workload/gather-batch.ts';
import { MAX_SKEW_MS } from '#workload/trusted-time.ts';

const PAGE = readPage('docs/formats.md');
const TABLES = tablesOf(PAGE);

/** The table whose first column is called so, below that heading where there are several. */
const table = (first: string, heading?: string): Table => {
  const found = TABLES.filter((one) => one.columns[0] === first && (heading === undefined || one.heading === heading));
  const [only] = found;
  if (only === undefined || found.length > 1) throw new Error(`${found.length} tables of ${first} below ${heading}`);
  return only;
};
const firstColumn = (one: Table): string[] => one.rows.flatMap(([cell = '']) => codeIn(cell));

const HASH = 'a'.repeat(64);
const ADDRESS = '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed';

describe('messages', () => {
  test.each(['transaction-requests', 'request-events', 'approved', 'submitted', 'receipts'])(
    'topic %s has the fields of its Avro schema, in order',
    (topic) => {
      const { fields } = JSON.parse(readPage(`schemas/${topic}.avsc`));
      expect(firstColumn(table('field', `Topic \`${topic}\``))).toEqual(
        fields.map(({ name }: { name: string }) => name),
      );
    },
  );

  test('the lists of a receipt have the fields of their records, and those of a seal are among them', () => {
    const { fields } = JSON.parse(readPage('schemas/receipts.avsc'));
    type Field = { name: string; type: { items?: { fields?: { name: string }[] } } };
    const lists = (fields as Field[]).flatMap(({ name, type }) =>
      type.items?.fields === undefined ? [] : [[name, type.items.fields.map((field) => field.name).sort()] as const],
    );
    const written = table('list').rows.map(([name = '', each = '']) => [codeIn(name)[0], codeIn(each).sort()] as const);
    expect(Object.fromEntries(written)).toEqual(Object.fromEntries(lists));
  });

  test('every topic has a heading or a row', () => {
    const named = [
      ...[...PAGE.matchAll(/^### Topic `([^`]+)`$/gm)].map(([, topic]) => topic),
      ...firstColumn(table('topic')),
    ];
    const topics = Object.values(names.topicsOf('d')).map((topic) => topic.slice('d-'.length));
    expect(named.sort()).toEqual(topics.sort());
  });

  test('every type of event, and no other', () => {
    const { rows } = table('event type');
    const written = rows.map(([type = '', topics = '', when]) => [codeIn(type), codeIn(topics), when]);
    const short = (topic: keyof names.Topics): string => names.topicsOf('d')[topic].slice('d-'.length);
    const ours = Object.entries(EVENT_TYPES).map(([type, { topics, when }]) => [[type], topics.map(short), when]);
    expect(written.sort()).toEqual(ours.sort());
  });

  test('the attributes of an event', () => {
    const announcement = {
      topic: 'receipts',
      type: 'keyturn.receipt',
      subject: 's',
      wallet: 'w',
      requester: 'r',
      body: {},
      replayed: 'p',
    } as const;
    const { attributes } = messageOf(announcement, { bucket: 'b', name: 'n', timeCreated: 0 });
    expect(firstColumn(table('attribute', 'Attributes of an event'))).toEqual(Object.keys(attributes));
  });

  test('the attributes of a signature', () => {
    expect(firstColumn(table('attribute', 'Signed events'))).toEqual(Object.values(SIGNATURE_ATTRIBUTES));
  });

  test('the domain and the parts of what is signed, in order', () => {
    const bytes = Buffer.from(signedBytes({ data: Buffer.from('D'), attributes: {} })).toString();
    expect(PAGE).toContain(bytes.slice(0, bytes.indexOf(',') + 1));
    expect(firstColumn(table('part', 'Signed events'))).toEqual([EVENT_DOMAIN, ...SIGNED_ATTRIBUTES]);
  });

  test('the attributes of a dead letter', () => {
    const attributes = buriedAttributes(
      {},
      { code: 'BUG', reason: 'r', function: 'f', subscription: 's', messageId: '1', attempt: 1, published: 'p' },
    );
    expect(firstColumn(table('attribute', 'Attributes of a dead letter'))).toEqual(Object.keys(attributes));
  });
});

describe('objects', () => {
  const location = { bucket: 'b', prefix: 'alice/' };
  /** One call of each function of schemas/names.ts that makes an object's name. */
  const made: Readonly<Record<string, string>> = {
    requestObject: names.requestObject(HASH),
    approvedObject: names.approvedObject(HASH),
    submittedObject: names.submittedObject(HASH),
    outcomeObject: names.outcomeObject(HASH),
    withdrawnObject: names.withdrawnObject(HASH),
    badShareObject: names.badShareObject(HASH, 'alice', '17'),
    waitingObject: names.waitingObject(HASH, 'BALANCE_LOW'),
    refusalObject: names.refusalObject(HASH, HASH),
    lawObject: names.lawObject(HASH),
    receiptObject: names.receiptObject(HASH, Date.UTC(2026, 10, 22)),
    openObject: names.openObject('hot', HASH),
    referenceObject: names.referenceObject(HASH, 1n),
    turnObject: names.turnObject('hot', 1n),
    turnClosedObject: names.turnClosedObject('hot', 1n),
    turnTriedObject: names.turnTriedObject('hot', 1n, HASH),
    stoppedObject: names.stoppedObject('hot', '1', 7n, `0x${HASH}`),
    stopLiftedObject: names.stopLiftedObject('hot', '1', 7n),
    seenObject: names.seenObject(HASH, `0x${HASH}`),
    searchObject: names.searchObject(HASH),
    toldObject: names.toldObject(HASH, 'MINED_MISMATCH'),
    replayObject: names.replayObject('january'),
    replayedObject: names.replayedObject('january', '17'),
    sealObject: names.sealObject('1', ADDRESS, 3n),
    checkpointObject: names.checkpointObject({ chainId: '1', address: ADDRESS, seq: 3n }, HASH),
    signedObject: names.signedObject(HASH),
    rejectionObject: names.rejectionObject(location, HASH),
    predictionObject: names.predictionObject(location, HASH),
    shareFolder: names.shareFolder(location, HASH),
    'shareFolder with an attempt': `${names.shareFolder(location, HASH)}/2`,
    OPERATIONS_OBJECT: names.OPERATIONS_OBJECT,
    PAUSED_OBJECT: names.PAUSED_OBJECT,
  };
  const PARTS: Readonly<Record<string, string>> = {
    prefix: '([a-z]+/)*',
    id: '[0-9a-f]{64}',
    sha256: '[0-9a-f]{64}',
    '8 of lawHash': '[0-9a-f]{8}',
    CODE: '[A-Z_]+',
    lawHash: '[0-9a-f]{64}',
    'co-signer': '[a-z][a-z0-9-]*',
    wallet: '[a-z][a-z0-9-]*',
    generation: '[0-9]+',
    attempt: '[^/]+',
    alarm: '[A-Za-z_-]+',
    replay: '[a-z0-9][a-z0-9-]{0,62}',
    chainId: '[0-9]+',
    nonce: '[0-9]+',
    address: '0x[0-9a-fA-F]{40}',
    'transaction hash': '0x[0-9a-f]{64}',
    '12 digits': '[0-9]{12}',
    yyyy: '[0-9]{4}',
    mm: '[0-9]{2}',
    dd: '[0-9]{2}',
  };
  const patternOf = (written: string): RegExp =>
    new RegExp(
      `^${written.replaceAll('.', '\\.').replaceAll(/<([^>]+)>/g, (_, part) => PARTS[part] ?? `(unknown ${part})`)}$`,
    );
  const written = table('object').rows.map(([cell = '', bucket = '']) => ({ object: codeIn(cell)[0] ?? '', bucket }));

  test('every function that makes a name is tried here', () => {
    const makers = Object.keys(names).filter((name) => /(Object|_OBJECT)$/.test(name));
    expect(makers.filter((name) => !(name in made))).toEqual([]);
  });

  test.each(Object.entries(made))('%s: %s has exactly one row', (_, object) => {
    expect(written.filter((row) => patternOf(row.object).test(object))).toHaveLength(1);
  });

  test.each(written)('$object is made by something', ({ object }) => {
    expect(Object.values(made).filter((name) => patternOf(object).test(name))).toHaveLength(1);
  });

  test('each lies in a bucket of the deployment', () => {
    const buckets = Object.values(names.bucketsOf('d')).map((bucket) => bucket.slice('d-'.length));
    expect(new Set(written.map(({ bucket }) => bucket))).toEqual(new Set(buckets));
    expect(firstColumn(table('bucket'))).toEqual(buckets.map((bucket) => `<deployment>-${bucket}`));
  });

  test('the stages of an open mark', () => {
    for (const stage of STAGES) expect(PAGE).toContain(`\`${stage}\``);
  });
});

type JsonSchema = {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
};

/** Every leaf as `a.b[].c`, from the schema that parses it. */
const leavesOf = (schema: JsonSchema, path = ''): string[] => {
  const { properties, items, anyOf = [], oneOf = [] } = schema;
  if (properties !== undefined)
    return Object.entries(properties).flatMap(([key, each]) => leavesOf(each, path === '' ? key : `${path}.${key}`));
  if (items !== undefined) return leavesOf(items, `${path}[]`);
  const choices = [...anyOf, ...oneOf].filter((each) => (each.properties ?? each.items) !== undefined);
  return choices.length === 0 ? [path] : choices.flatMap((each) => leavesOf(each, path));
};
const jsonSchemaOf = (schema: z.ZodType): JsonSchema =>
  z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema;

describe('facts', () => {
  const rows = new Map(
    table('fact').rows.map(([name = '', fields = '']) => [codeIn(name)[0] ?? '', codeIn(fields)] as const),
  );

  test('each has a row', () => {
    expect([...rows.keys()]).toEqual(Object.keys(FACTS));
  });

  test.each(Object.entries(FACTS).filter(([kind]) => kind !== 'receipt'))(
    '%s has its fields, in order',
    (kind, schema) => {
      const { properties = {} } = jsonSchemaOf(schema);
      expect((rows.get(kind) ?? []).slice(0, Object.keys(properties).length)).toEqual(Object.keys(properties));
    },
  );

  test('a receipt has the fields of its message', () => {
    const { properties = {} } = jsonSchemaOf(FACTS.receipt);
    expect(firstColumn(table('field', 'Topic `receipts`'))).toEqual(Object.keys(properties));
  });

  test('every outcome', () => {
    expect(firstColumn(table('outcome'))).toEqual([...OUTCOMES]);
  });
});

describe('register entries', () => {
  const item = {
    id: HASH,
    nonce: 0n,
    request: requestOf(),
    rungs: [`0x${HASH}`],
    approvals: [{ coSigner: 'alice', object: 'o', generation: '1', sha256: HASH, prediction: '' }],
    rule: 'any',
    ...assetsOf(requestOf(), { chainId: '31337', tokens: [] }),
    delay: { startedAt: 't', endedAt: 't', object: 'o', generation: '1' },
  };
  const register = { chainId: '1', address: ADDRESS, registerBucket: 'lab-register' };
  const seal = JSON.parse(
    new TextDecoder().decode(
      sealBytes(
        {
          log: register,
          seq: 0n,
          previous: HASH,
          lawHash: HASH,
          checkpoint: { object: 'o', sha256: HASH },
          items: [item],
        },
        '0x',
        'token',
      ),
    ),
  );
  const close = JSON.parse(new TextDecoder().decode(closeBytes([{ id: HASH, code: 'REJECTED', reason: 'r' }])));
  const sorted = (list: readonly string[]): string[] => [...list].sort();

  test('a seal, its items and their approvals', () => {
    expect(sorted(firstColumn(table('field of a seal')))).toEqual(sorted(Object.keys(seal)));
    const items = table('field of an item');
    expect(sorted(firstColumn(items))).toEqual(sorted(Object.keys(seal.items[0])));
    const approvals = items.rows.find(([name]) => name === '`approvals`')?.[1] ?? '';
    expect(sorted(codeIn(approvals))).toEqual(sorted(Object.keys(seal.items[0].approvals[0])));
    const delay = items.rows.find(([name]) => name === '`delay`')?.[1] ?? '';
    expect(sorted(codeIn(delay))).toEqual(sorted(Object.keys(seal.items[0].delay)));
    const checkpoint = table('field of a seal').rows.find(([name]) => name === '`checkpoint`')?.[1] ?? '';
    expect(sorted(codeIn(checkpoint))).toEqual(sorted(Object.keys(seal.checkpoint)));
    const assets = table('list').rows.find(([name]) => name === '`assets`')?.[1] ?? '';
    expect(codeIn(assets)).toEqual(expect.arrayContaining(Object.keys(seal.items[0].assets[0])));
  });

  test('a close', () => {
    const fields = table('field of a close');
    expect(sorted(firstColumn(fields))).toEqual(sorted(Object.keys(close)));
    const items = fields.rows.find(([name]) => name === '`items`')?.[1] ?? '';
    expect(sorted(codeIn(items))).toEqual(sorted(Object.keys(close.items[0])));
  });
});

describe('configuration', () => {
  const [law, operations] = TABLES.filter(
    ({ heading, columns }) => heading === 'Configuration' && columns[0] === 'field',
  );

  test.each([
    ['law', law, lawSchema],
    ['operations', operations, operationsSchema],
  ])('%s has every field that its parser takes, and no other', (_, written, schema) => {
    const fields = written === undefined ? [] : firstColumn(written);
    expect(fields.sort()).toEqual([...new Set(leavesOf(jsonSchemaOf(schema)))].sort());
  });
});

test('additional authenticated data', () => {
  const written = table('use').rows.map(([, text = '']) => codeIn(text)[0]);
  expect(written).toEqual([
    names.shareAad('<id>', '<co-signer>'),
    homeAad('<wallet>', '<co-signer>', 1).replace(/1$/, '<epoch>'),
  ]);
});

test('the fields of a request are signed in the order of the page', () => {
  expect(firstColumn(table('field', 'Topic `transaction-requests`'))).toEqual([...REQUEST_FIELDS]);
});

test('limits are those of the code', () => {
  const written = table('limit').rows.map(([limit = '', value = '']) => [limit, Number(value.replaceAll(',', ''))]);
  expect(Object.fromEntries(written)).toEqual({
    'bytes of a message': LARGEST_MESSAGE,
    'bytes of a share object': MAX_SHARE_BYTES,
    'bytes of a prediction': MAX_PREDICTION_BYTES,
    'moves, and allowances, in a prediction': MAX_PREDICTED,
    'uploads of one holder that count': COUNTED_UPLOADS,
    'holders of a wallet': MAX_GROUP_SIZE,
    rungs: MAX_RUNGS,
    'requests in a seal': MAX_BATCH_ITEMS,
    'bytes of requests in a seal': MAX_BATCH_BYTES,
    'bytes of an entry': MAX_ENTRY_BYTES,
    "bytes of a node's answer": MAX_ANSWER_BYTES,
    'deliveries before a message is given up': MOST_DELIVERIES,
    'receipts sent again in a tick': REPLAYED_A_TICK,
    'days of a replay': MAX_REPLAY_DAYS,
    'turns that die over one request before it goes last': SUSPECT_TRIES,
    'turns that die over one request before it fails': MAX_TRIES,
    "ms for one request's shares": REQUEST_DEADLINE_MS,
    'ms that a batch waits for its first complete request': FIRST_MS,
    'ms that complete requests wait for the others of their batch': PATIENCE_MS,
    'ms between machine clock and attestation': MAX_SKEW_MS,
  });
});
