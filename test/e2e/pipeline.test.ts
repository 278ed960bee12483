import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { account, OWNER } from '#local/lab/people.ts';
import { sha256Hex } from '#schemas/canonical.ts';
import { approvedObject, bucketsOf, openObject, requestObject, signedObject, submittedObject } from '#schemas/names.ts';
import { avroOf } from './support/avro.ts';
import { type Fields, startTestLab, type TestLab } from './support/lab.ts';
import { entrySchema, evidenceClaims, nonceOf, signerOf } from './support/proof.ts';
import { bytesOf, draft, ETHER, payee } from './support/requests.ts';
import { balanceOf, countOf, minedBlock, minedReceipt, minedTransaction, rpc } from './support/rpc.ts';

let test: TestLab;
beforeAll(async () => {
  test = await startTestLab();
}, 90_000);
afterAll(() => test.close(), 30_000);

const machines = (zone: string): number => {
  const { instances } = test.lab.servers;
  return instances.list(account(test.lab.world, 'reconcile'), zone).items?.length ?? 0;
};
const zones = () => test.lab.config.operations.zones;
const boots = (): number => test.logged('workload task started').length;
const seals = () => test.list('register', 'seals/').map((name) => entrySchema.parse(test.json('register', name)));

describe('one request, by the unmodified Google clients, to its receipt', () => {
  let id = '';
  let receipt: Fields = {};
  let before = 0n;
  const to = payee(7);

  beforeAll(async () => {
    before = await balanceOf(test.lab.chain.url, test.lab.wallet.address);
    id = await test.ask({ to, value: `${ETHER / 4n}`, memo: 'invoice 7', reference: 'pipeline-1' });
    await test.approve('alice', id);
    await test.event('keyturn.request.share-seen', { id, coSigner: 'alice' });
    expect(test.read('results', approvedObject(id)), 'one share is not enough').toBeUndefined();
    await test.approve('bob', id);
    expect(await test.outcome(id)).toMatchObject({ outcome: 'finalized', id, wallet: 'treasury' });
    receipt = (await test.event('keyturn.receipt', { id })).body;
    await test.event('keyturn.request.outcome', { id });
  }, 90_000);

  it('leaves every fact, each once', async () => {
    await test.until('the law to be kept', () => test.read('results', `laws/${test.lab.config.lawHash}.json`));
    const { receipt: name } = test.json('results', `requests/${id}/outcome.json`) ?? {};
    // Where reconcile looks in between, it notes what the request waits for.
    expect(test.list('results').filter((each) => !each.endsWith('.waiting.json'))).toEqual(
      [
        `${name}`,
        `laws/${test.lab.config.lawHash}.json`,
        `requests/${id}/approved.json`,
        `requests/${id}/outcome.json`,
        `requests/${id}/request.json`,
        `requests/${id}/submitted.json`,
      ].sort(),
    );
    expect(test.json('results', requestObject(id))).toMatchObject({
      id,
      walletAddress: test.lab.wallet.address,
      lawHash: test.lab.config.lawHash,
      request: { to, value: `${ETHER / 4n}`, memo: 'invoice 7' },
    });
    expect(test.json('results', submittedObject(id))).toMatchObject({ nonce: '0', approvedBy: ['alice', 'bob'] });
    // The law, as anybody can check it who has its hash from a receipt.
    expect(sha256Hex(test.read('results', `laws/${test.lab.config.lawHash}.json`) ?? new Uint8Array())).toBe(
      test.lab.config.lawHash,
    );
    const [entry] = test.list('register', 'seals/');
    expect(test.json('results', submittedObject(id))).toMatchObject({ seal: entry });
    expect(test.list('signed')).toEqual([signedObject(id)]);
  });

  it('says each of them under its own ce-id, in the words of the Avro schemas', async () => {
    const { results } = bucketsOf('lab');
    const fact = (name: string) => `${results}/requests/${id}/${name}.json`;
    const share = (who: string) => `${bucketsOf('lab').keys}/${who}/shares/${id}`;
    const said = [
      ['approved', 'keyturn.turn.due', fact('approved')],
      ['receipts', 'keyturn.receipt', `${receipt.eventId}`],
      ['requestEvents', 'keyturn.request.accepted', fact('request')],
      ['requestEvents', 'keyturn.request.approved', fact('approved')],
      ['requestEvents', 'keyturn.request.outcome', fact('outcome')],
      ['requestEvents', 'keyturn.request.share-seen', share('alice')],
      ['requestEvents', 'keyturn.request.share-seen', share('bob')],
      ['requestEvents', 'keyturn.request.submitted', fact('submitted')],
      ['submitted', 'keyturn.request.submitted', fact('submitted')],
    ];
    const about = test.seen.filter(({ body, eventId }) => body.id === id && eventId !== '');
    const waiting = about.filter(({ type }) => type === 'keyturn.request.waiting');
    for (const { eventId } of waiting) expect(test.list('results')).toContain(eventId.slice(`${results}/`.length));
    const told = about.filter((each) => !waiting.includes(each));
    const kinds = new Set(told.map(({ topic, type, eventId }) => [topic, type, eventId].join(' ')));
    expect([...kinds].sort()).toEqual(said.map((each) => each.join(' ')).sort());
    for (const { topic, attributes, body, eventId } of about) {
      expect(avroOf.get(topic)?.isValid(body), `${topic} ${JSON.stringify(body)}`).toBe(true);
      expect(body.eventId).toBe(eventId);
      expect(attributes).toMatchObject({
        'ce-specversion': '1.0',
        'ce-subject': id,
        'ce-source': expect.stringMatching(/^\/\/storage\.googleapis\.com\/projects\/_\/buckets\/lab-/),
        'ce-time': expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
        wallet: 'treasury',
        requester: 'dapp',
      });
    }
  });

  it('each line of a function says which request it is about, and carries the trace of its call', async () => {
    const steps = ['intake', 'collect', 'launch', 'finalize', 'reconcile'];
    // The framework greets in plain text as each starts.
    const said = await test.until('all of them to say something', () => {
      const lines = test.lines.filter(({ source, fields }) => steps.includes(source) && fields.severity !== undefined);
      return steps.every((step) => lines.some(({ source }) => source === step)) && lines;
    });
    // Of the whole deployment, not of a request.
    const general = new Set(['reconcile.done', 'reconcile.swept', 'reconcile.law']);
    for (const { message, fields, text } of said) {
      expect(fields, text).toMatchObject({
        'logging.googleapis.com/trace': expect.stringMatching(/^projects\/keyturn-local\/traces\/[0-9a-f]{32}$/),
        'logging.googleapis.com/spanId': expect.stringMatching(/^[0-9a-f]{16}$/),
        'logging.googleapis.com/trace_sampled': true,
      });
      expect(fields.id, text).toBe(general.has(message) ? undefined : id);
    }
    const tracesOf = (message: string) =>
      test.logged(message).map(({ fields }) => fields['logging.googleapis.com/trace']);
    const traceOf = (message: string) => tracesOf(message)[0];
    // Lines of one call are one trace; no two calls are. Of two calls of launch, the one that did less may end first.
    expect(tracesOf('launch.act')).toContain(traceOf('launch.machine'));
    expect(new Set(['intake.act', 'launch.act', 'collect.act', 'reconcile.done'].map(traceOf)).size).toBe(4);
    // A machine's lines belong to no call: the trace is not made up.
    const turn = test.lines.filter(({ message }) => /^turn\./.test(message));
    expect(turn.length).toBeGreaterThan(0);
    expect(turn.filter(({ text }) => text.includes('logging.googleapis.com'))).toEqual([]);
  });

  it('the receipt says what the chain says, read by plain JSON-RPC', async () => {
    const { url } = test.lab.chain;
    const hash = `${receipt.transactionHash}`;
    const mined = await rpc(url, 'eth_getTransactionReceipt', [hash], minedReceipt);
    const transaction = await rpc(url, 'eth_getTransactionByHash', [hash], minedTransaction);
    const block = await rpc(url, 'eth_getBlockByNumber', [`0x${mined.blockNumber.toString(16)}`, false], minedBlock);
    expect(block.transactions).toContain(hash);
    expect(transaction).toMatchObject({ nonce: 0n, value: ETHER / 4n, input: '0x', type: 2n });
    expect([mined.from, mined.to]).toEqual([test.lab.wallet.address.toLowerCase(), to]);
    const { eventId, ...rest } = receipt;
    expect(eventId).toMatch(new RegExp(`^lab-results/receipts/\\d{4}/\\d\\d/\\d\\d/${id}\\.json$`));
    const [seal = ''] = test.list('register', 'seals/');
    const item = seals()[0]?.items[0];
    const { request: asked } = z
      .object({ request: z.object({ gasLimit: z.string(), maxFeePerGas: z.string() }) })
      .parse(test.json('results', requestObject(id)));
    const leaves = ETHER / 4n + BigInt(asked.gasLimit) * BigInt(asked.maxFeePerGas);
    expect(rest).toEqual({
      version: '2',
      id,
      wallet: 'treasury',
      chainId: '31337',
      status: 'finalized',
      transactionHash: mined.transactionHash,
      blockNumber: `${mined.blockNumber}`,
      blockHash: mined.blockHash,
      blockTime: `${new Date(Number(block.timestamp) * 1000).toISOString().slice(0, 19)}Z`,
      from: test.lab.wallet.address,
      to,
      contractAddress: '',
      valueWei: `${ETHER / 4n}`,
      gasUsed: `${mined.gasUsed}`,
      effectiveGasPrice: `${mined.effectiveGasPrice}`,
      feeWei: `${mined.gasUsed * mined.effectiveGasPrice}`,
      executionFeeWei: `${mined.gasUsed * mined.effectiveGasPrice}`,
      ...{ l1FeeWei: '', blobFeeWei: '' },
      nonce: '0',
      reference: 'pipeline-1',
      requester: 'dapp',
      memo: 'invoice 7',
      approvedBy: ['alice', 'bob'],
      approvals: item?.approvals,
      rule: item?.rule,
      lawHash: test.lab.config.lawHash,
      seal,
      sealGeneration: expect.stringMatching(/^[0-9]+$/),
      sealHash: sha256Hex(test.read('register', seal) ?? new Uint8Array()),
      ...{ finality: 'confirmations/2', witness: 'trusted-node', tokensJudged: 'yes' },
      assets: [
        {
          ...{ chainId: '31337', standard: 'native', address: '', tokenId: '', symbol: '', decimals: '' },
          ...{ leaves: `${leaves}`, allows: '0' },
        },
      ],
      ...{ delayStartedAt: '', delayEndedAt: '', delayObject: '', delayGeneration: '' },
      ...{ selector: '0x', callSignature: '', callArguments: [] },
      ...{ transfersListed: 'all', deviations: [] },
      transfers: [
        {
          ...{ standard: 'native', address: '', tokenId: '', symbol: '', decimals: '', logIndex: '' },
          ...{ from: test.lab.wallet.address, to, amount: `${ETHER / 4n}` },
        },
      ],
    });
    const fee = mined.gasUsed * mined.effectiveGasPrice;
    expect(await balanceOf(url, to)).toBe(ETHER / 4n);
    expect(before - (await balanceOf(url, test.lab.wallet.address))).toBe(ETHER / 4n + fee);
    expect(test.json('results', `${eventId}`.replace('lab-results/', ''))).toEqual(receipt);
  });

  it('the seal is signed by the wallet, and its evidence verifies offline', async () => {
    const [entry, ...others] = seals();
    if (entry === undefined) throw new Error('no seal');
    expect(others).toEqual([]);
    expect(signerOf(entry, bucketsOf('lab').register)).toBe(test.lab.wallet.address);
    expect(signerOf({ ...entry, lawHash: '0'.repeat(64) }, bucketsOf('lab').register)).not.toBe(
      test.lab.wallet.address,
    );
    const claims = await evidenceClaims(entry.evidence, test.lab.servers.verifier.rootPem);
    expect(claims).toMatchObject({
      eat_nonce: nonceOf(entry),
      aud: 'keyturn/v1/seal',
      swname: 'CONFIDENTIAL_SPACE',
      dbgstat: 'disabled-since-boot',
      submods: { container: { image_digest: test.lab.config.operations.image.split('@')[1] } },
    });
    const [spoilt] = entry.evidence.split('.').slice(-1);
    await expect(
      evidenceClaims(entry.evidence.replace(`${spoilt}`, `A${spoilt?.slice(1)}B`), test.lab.servers.verifier.rootPem),
    ).rejects.toThrow();
    expect(entry).toMatchObject({ lawHash: test.lab.config.lawHash, items: [{ id, nonce: '0' }] });
    expect(entry.items[0]?.approvals.map(({ coSigner }) => coSigner)).toEqual(['alice', 'bob']);
    expect(JSON.stringify(entry)).not.toMatch(/0x02f8/);
  });

  it('nothing secret is anywhere, and signed bytes only where they belong', () => {
    const { leaks } = test;
    // Key and two shares, the material of two keys of the KMS, and access tokens. The lab looks for them once more when it is closed.
    expect(leaks.secrets).toHaveLength(6);
    expect(leaks.find(leaks.secrets)).toEqual([]);
    const placesOf = (hex: string): readonly string[] => [
      ...new Set(
        leaks
          .find([{ name: 'bytes', bytes: Buffer.from(hex.slice(2), 'hex') }])
          .map(({ where }) => where.replace(/#\d+$/, '')),
      ),
    ];
    const signed = `${test.read('signed', signedObject(id))}`;
    const raws = [...signed.matchAll(/"raw":"(0x[0-9a-f]+)"/g)].map(([, raw = '']) => raw);
    expect(raws.length).toBeGreaterThan(1);
    // The scan itself works: it finds them where they are allowed to be, and the ciphertext where it was put.
    for (const raw of raws) expect(placesOf(raw)).toEqual([`object lab-signed/${id}.json`]);
    expect(placesOf(id)).toContain(`metadata of object lab-keys/alice/shares/${id}`);
  });

  it('nothing is left over: no open mark, the turn closed, the machine swept', async () => {
    await test.until('the open mark to go', () => test.read('work', openObject('treasury', id)) === undefined);
    await test.until('the turn to close', () => test.list('work', 'turns/').some((name) => name.endsWith('.closed')));
    await test.until('the machine to be swept', () => zones().every((zone) => machines(zone) === 0));
    // Said once it is gone; and ticks overlap, so two may sweep the same one.
    const swept = () => new Set(test.logged('reconcile.swept').map(({ fields }) => fields.machine));
    await test.until('each sweep to be said', () => swept().size >= boots());
    expect(swept().size).toBe(boots());
    expect(test.seen.filter(({ topic }) => topic === 'deadLetters')).toEqual([]);
  });
});

describe('several at once', () => {
  it('six requests take one machine and follow each other on the chain', async () => {
    const booted = boots();
    const count = await countOf(test.lab.chain.url, test.lab.wallet.address);
    const ids = await Promise.all(
      Array.from({ length: 6 }, (_, n) => test.ask({ to: payee(20 + n), value: `${n + 1}` })),
    );
    await Promise.all(ids.flatMap((id) => ['alice', 'bob'].map((who) => test.approve(who, id))));
    for (const id of ids) expect(await test.outcome(id)).toMatchObject({ outcome: 'finalized' });
    const nonces = ids.map((id) => Number(test.json('results', submittedObject(id))?.nonce)).sort((a, b) => a - b);
    expect(nonces).toEqual(ids.map((_, n) => Number(count) + n));
    expect(boots()).toBe(booted + 1);
    for (const [n] of ids.entries()) expect(await balanceOf(test.lab.chain.url, payee(20 + n))).toBe(BigInt(n + 1));
    for (const entry of seals()) expect(signerOf(entry, bucketsOf('lab').register)).toBe(test.lab.wallet.address);
  });
});

describe('duplicates', () => {
  const generations = () => {
    const { store } = test.lab.servers;
    // What other requests wait for is noted whenever reconcile looks.
    const settled = test.list('results').filter((name) => !name.endsWith('.waiting.json'));
    return settled.map((name) => {
      const { created, generation } = store.read(OWNER, bucketsOf('lab').results, name).object;
      return [name, created, generation].join(' ');
    });
  };
  it('the same message five times is one request, announced under the same ce-id', async () => {
    const request = draft({ reference: 'five-times' });
    await Promise.all(Array.from({ length: 5 }, () => test.publish(bytesOf(request))));
    const about = { reference: 'five-times' };
    const accepted = await test.until('five answers', () => {
      const found = test.events('keyturn.request.accepted', about);
      return found.length >= 5 ? found : undefined;
    });
    expect(new Set(accepted.map(({ eventId }) => eventId)).size).toBe(1);
    expect(new Set(accepted.map(({ text, attributes }) => text + attributes['ce-time'])).size).toBe(1);
    const [first] = accepted;
    expect(test.list('work', 'open/').filter((name) => name.endsWith(`${first?.body.id}`))).toHaveLength(1);
    expect(test.events('keyturn.request.refused', about)).toEqual([]);
  });

  it('share notifications, approved and submitted again twenty times change nothing', async () => {
    const id = await test.ask({ reference: 'again-and-again' });
    await test.approve('alice', id);
    await test.approve('bob', id);
    await test.outcome(id);
    await test.until('the open mark to go', () => test.read('work', openObject('treasury', id)) === undefined);
    await test.until('the turn to close', () => zones().every((zone) => machines(zone) === 0));
    const [facts, booted, sealed] = [generations(), boots(), test.list('register')];
    const count = await countOf(test.lab.chain.url, test.lab.wallet.address);
    const notice = test.seen.find(({ topic, attributes }) => topic === 'shares' && attributes.objectId?.endsWith(id));
    const due = test.events('keyturn.turn.due', { id })[0];
    const submitted = test.events('keyturn.request.submitted', { id, topic: 'submitted' })[0];
    const ignored = () =>
      ['collect', 'launch', 'finalize'].map((name) => test.logged(`${name}.ignore`, { id }).length).join();
    const before = ignored().split(',').map(Number);
    const again = async (topic: 'shares' | 'approved' | 'submitted', message: typeof notice) => {
      if (message === undefined) throw new Error(`no message on ${topic}`);
      const data = Buffer.from(message.text);
      // Pub/Sub adds its own, and takes them from nobody.
      const attributes = Object.entries(message.attributes).filter(([name]) => !name.startsWith('goog'));
      await Promise.all(Array.from({ length: 20 }, () => test.publish(data, topic, Object.fromEntries(attributes))));
    };
    await Promise.all([again('shares', notice), again('approved', due), again('submitted', submitted)]);
    await test.until('all sixty to be ignored', () =>
      ignored()
        .split(',')
        .every((n, i) => Number(n) >= (before[i] ?? 0) + 20),
    );
    expect(generations()).toEqual(facts);
    expect([boots(), test.list('register')]).toEqual([booted, sealed]);
    expect(await countOf(test.lab.chain.url, test.lab.wallet.address)).toBe(count);
    expect(new Set(test.events('keyturn.receipt', { id }).map(({ eventId, text }) => eventId + text)).size).toBe(1);
  });
});
