import { describe, expect, test } from 'vitest';
import { combined } from '#core/shares/signing-scheme.ts';
import { PAUSED_OBJECT } from '#schemas/names.ts';
import { type Changed, type Pipeline, stage } from '#test/support/stage.ts';
import type { StorageCall } from '#test/support/storage-port.ts';

const SECRET = '0xc0ffee';
const bug = () => new TypeError(`cannot read ${SECRET}`);

/** A bug in storage code, at each call of this kind on a name with this prefix. */
const inStorage =
  (call: StorageCall['kind'], bucket: 'work' | 'results' | 'keys' | 'signed' | 'register', prefix: string) =>
  (s: Pipeline): Changed => {
    s.storage.fault = (each, at, name) =>
      each === call && at === s.buckets[bucket] && name.startsWith(prefix) ? bug() : undefined;
    return {};
  };
const onChain =
  (call: string) =>
  (s: Pipeline): Changed => {
    s.chain().fault = (each) => (each === call ? bug() : undefined);
    return {};
  };

/** Where it is, how it is put there, and the lines that must tell of it. */
const PLACES: readonly [string, (s: Pipeline) => Changed, readonly string[]][] = [
  ['listing the open marks', inStorage('list', 'work', 'open/'), ['turn.fault']],
  ['reading whether it is paused', inStorage('get', 'work', PAUSED_OBJECT), ['turn.fault']],
  ['reading the facts of a request', inStorage('list', 'results', 'requests/'), ['turn.fault']],
  ['reading the register', inStorage('list', 'register', 'seals/'), ['turn.fault']],
  ['listing shares', inStorage('list', 'keys', 'alice/'), ['turn.fault']],
  ['reading a share', inStorage('read', 'keys', 'alice/'), ['turn.fault']],
  ['decrypting a share', () => ({ releaseKeys: { decrypt: () => Promise.reject(bug()) } }), ['turn.fault']],
  [
    'signing',
    () => ({
      scheme: {
        ...combined,
        withKey: () => {
          throw bug();
        },
      },
    }),
    ['turn.fault'],
  ],
  ['storing the bytes', inStorage('create', 'signed', ''), ['turn.fault']],
  ['saying that the bytes are out', inStorage('create', 'results', 'requests/'), ['turn.fault']],
  ['counting what is mined', onChain('count'), ['turn.fault']],
  ['sending', onChain('send'), ['turn.fault']],
];

describe('a bug in the image is called a bug, wherever it is, and nobody is sent to look for an outage', () => {
  test.each(PLACES)('%s', async (_, put, events) => {
    const s = stage();
    const ids = [await s.ask(), await s.ask({ reference: 'another' })];
    for (const id of ids) await s.approve(id);
    const from = s.log.lines.length;
    await s.turn(1n, put(s));
    const lines = s.log.lines.slice(from).filter(({ fields }) => fields.code !== undefined);
    const bugs = lines.filter(({ fields }) => fields.code === 'BUG');
    expect([...new Set(bugs.map(({ event }) => event))]).toEqual(events);
    expect(bugs.map(({ fields }) => fields.reason)).toEqual(bugs.map(() => 'TypeError'));
    expect(lines.map(({ fields }) => fields.code)).not.toContain('');
    expect(lines.map(({ fields }) => fields.code)).not.toContain('UNAVAILABLE');
    expect(lines.map(({ fields }) => fields.code)).not.toContain('CHAIN_UNREACHABLE');
    expect(JSON.stringify(s.log.lines)).not.toContain(SECRET);
  });
});
