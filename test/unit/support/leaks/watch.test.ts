import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Keys } from '#local/cloud/kms/keys.ts';
import { Topics } from '#local/cloud/pubsub/topics.ts';
import { callerNamed } from '#local/cloud/runtime/iam.ts';
import { type Json, noJournal, watchedJournal } from '#local/cloud/runtime/journal.ts';
import { createWorld } from '#local/cloud/runtime/world.ts';
import { openWallet, shareFile } from '#local/lab/wallet.ts';
import { parseShareText } from '#schemas/share-text.ts';
import { keptRecords } from '#test/support/leaks/files.ts';
import { placesOf } from '#test/support/leaks/records.ts';
import { LeakFound, LeakWatch } from '#test/support/leaks/watch.ts';
import { grant, LOCATION, RING } from '#test/support/local/kms.ts';
import { folder } from '#test/support/local/processes.ts';

const secret = { name: 'the key of treasury', bytes: randomBytes(32) };
const hex = secret.bytes.toString('hex');

const watching = (): LeakWatch => {
  const watch = new LeakWatch();
  watch.guard(secret);
  return watch;
};

const told = (check: () => void): string => {
  try {
    check();
    return '';
  } catch (error) {
    if (!(error instanceof LeakFound)) throw error;
    return error.message;
  }
};

describe('a lab that leaked', () => {
  test('ends with place and form, and without the secret', () => {
    const watch = watching();
    watch.onLine('intake', 'all is well');
    watch.onLine('intake', `{"message":"${hex}"}`);
    const words = told(() => watch.check());
    expect(words).toBe('the secret scan found 1:\nthe key of treasury lies as hex in: log of intake');
  });

  test('over more than one line of a log, as a dump is printed', () => {
    const watch = watching();
    for (const line of JSON.stringify([...secret.bytes], null, 2).split('\n')) watch.onLine('intake', line);
    expect(told(() => watch.check())).toContain('a list of bytes in: log of intake');
  });

  test('in what it was started with', () => {
    const watch = watching();
    watch.onProcess({ name: 'collect', command: 'node', args: ['main.js', hex], env: { A: '1', B: hex } });
    const words = told(() => watch.check());
    expect(words).toContain('hex in: arguments of collect');
    expect(words).toContain('hex in: environment of collect');
  });

  test('in what a command line printed', () => {
    const words = told(() => watching().check([{ where: 'output of keyturn show', bytes: Buffer.from(hex) }]));
    expect(words).toContain('hex in: output of keyturn show');
  });

  test('in a message that went on to the dead letters', () => {
    const watch = watching();
    const message = {
      messageId: '7',
      data: Buffer.from(hex).toString('base64'),
      attributes: { code: hex },
      publishTime: 1,
    };
    watch.onRecord('pubsub', {
      op: 'forward',
      subscription: 's',
      id: '6',
      topic: 'projects/p/topics/dead-letters',
      message,
    });
    const words = told(() => watch.check());
    expect(words).toContain('hex in: message 7 of dead-letters');
    expect(words).toContain('hex in: attributes of message 7 of dead-letters');
  });
});

describe('what may lie somewhere', () => {
  const where = 'object lab-keys/mallory';
  const record = (name: string): Json => ({
    kind: 'insert',
    object: {
      ...{ bucket: 'lab-keys', name, generation: 1, metageneration: 1, created: 1, updated: 1, deleted: null },
      ...{ size: 64, crc32c: '', md5: '', headers: {}, metadata: {} },
    },
    bytes: Buffer.from(hex).toString('base64'),
    replaced: null,
  });

  test('is named with a reason, and allowed there alone', () => {
    const watch = watching();
    watch.allow({ where, reason: 'mallory shows the own share' });
    watch.onRecord('storage', record('mallory/shares/1'));
    watch.check();
    watch.onRecord('storage', record('alice/shares/1'));
    expect(told(() => watch.check())).toBe(
      'the secret scan found 1:\nthe key of treasury lies as hex in: object lab-keys/alice/shares/1#1',
    );
  });

  test('must be there: what is allowed for nothing hides the next leak', () => {
    const watch = watching();
    watch.allow({ where, reason: 'mallory shows the own share' });
    expect(told(() => watch.check())).toContain(
      'a secret is allowed and not found in: object lab-keys/mallory (mallory shows the own share)',
    );
  });
});

test('a watch that knows no secret says so: it could find none', () => {
  expect(() => new LeakWatch().check()).toThrow('no secret is known');
});

describe('the secrets of a lab', () => {
  test('are every share of every wallet, and the keys that they make', () => {
    const home = folder();
    mkdirSync(join(home, 'wallets', 'savings'), { recursive: true });
    openWallet(home, 'treasury', 2, 3);
    openWallet(join(home, 'wallets', 'savings'), 'savings', 2, 2);
    const scalars = [
      ...['alice', 'bob', 'carol'].map((name) => shareFile(home, name)),
      ...['alice', 'bob'].map((name) => shareFile(join(home, 'wallets', 'savings'), name)),
    ].map((file) => parseShareText(readFileSync(file)).scalar);
    const watch = new LeakWatch();
    watch.guardFolder(home);
    for (const [n, scalar] of scalars.entries()) watch.onLine(`${n}`, Buffer.from(scalar).toString('hex'));
    expect(watch.find(watch.secrets).map(({ secret: name, where }) => `${where}: ${name}`)).toEqual([
      "log of 0: alice's share of treasury",
      "log of 1: bob's share of treasury",
      "log of 2: carol's share of treasury",
      "log of 3: alice's share of savings",
      "log of 4: bob's share of savings",
    ]);
    // Shares lie where their holders keep them; all else in the folder is looked into.
    watch.lookInto(home);
    expect(watch.find(watch.secrets)).toHaveLength(5);
    writeFileSync(join(home, 'tokens.txt'), readFileSync(shareFile(home, 'bob')));
    watch.lookInto(home);
    expect(watch.find(watch.secrets)).toContainEqual({
      secret: "bob's share of treasury",
      form: 'hex',
      where: 'file tokens.txt',
    });
  });

  test('are the key material of the KMS, wherever it is but in the KMS', () => {
    const watch = watching();
    const made: Json[] = [];
    const journal = watchedJournal(noJournal, (service, record) => {
      watch.onRecord(service, record);
      made.push(record);
    });
    const world = createWorld({ journal });
    grant(world);
    const owner = callerNamed('user:operator');
    const keys = new Keys(world);
    keys.createKeyRing(owner, LOCATION, 'keyturn');
    keys.createCryptoKey(owner, RING, 'release', { purpose: 'ENCRYPT_DECRYPT' });
    keys.createCryptoKeyVersion(owner, `${RING}/cryptoKeys/release`);
    watch.check();
    const materials = [...JSON.stringify(made).matchAll(/"secret":"([0-9a-f]{64})"/g)].map(([, one = '']) => one);
    expect(materials).toHaveLength(2);
    for (const one of materials) {
      watch.onLine('launch', one);
      expect(told(() => watch.check())).toContain(
        `the material of ${RING}/cryptoKeys/release lies as hex in: log of launch`,
      );
    }
  });
});

describe('records of the local cloud', () => {
  test('that a kill cut short at the end are read up to there', () => {
    const home = folder({ 'journal.jsonl': '{"service":"kms","record":{"call":"ring"}}\n{"service":"kms","rec' });
    expect(keptRecords(home)).toEqual([{ service: 'kms', record: { call: 'ring' } }]);
  });

  test('are seen as they are written, also by a cloud that keeps none', () => {
    const seen: string[] = [];
    const world = createWorld({ journal: watchedJournal(noJournal, (service) => seen.push(service)) });
    const owner = callerNamed('user:owner');
    world.iam.bind({ id: 'o', role: 'roles/pubsub.admin', resource: 'projects/keyturn-local', members: [owner.name] });
    const topics = new Topics(world, { deliver: async () => 204, mintIdToken: () => '' });
    const name = 'projects/keyturn-local/topics/told';
    topics.create(owner, { name });
    topics.publish(owner, name, [{ data: Buffer.from('x') }]);
    expect(seen).toEqual(['pubsub', 'pubsub']);
  });

  test('of a service that nobody thought of are looked into whole', () => {
    const [place] = placesOf({ service: 'new', record: { a: hex } });
    expect(place?.where).toBe('record of new');
    expect(place?.bytes.toString()).toContain(hex);
  });
});
