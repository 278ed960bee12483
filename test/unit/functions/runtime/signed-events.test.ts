import { createPublicKey, verify } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { finalizeStep } from '#functions/finalize/handle.ts';
import { answer } from '#functions/runtime/answer.ts';
import { runStep } from '#functions/runtime/run-step.ts';
import { signingPublisher } from '#functions/runtime/signed-events.ts';
import { KeyturnError } from '#schemas/codes.ts';
import { topicsOf } from '#schemas/names.ts';
import { MemoryEventKey } from '#test/support/event-keys.ts';
import { receiptsOf } from '#test/support/replays.ts';
import { signedStage } from '#test/support/signed-stage.ts';
import { stage } from '#test/support/stage.ts';

const topics = topicsOf('lab');

const unreachable = () => new KeyturnError('UNAVAILABLE', 'kms: asymmetricSign: HTTP 503');

describe('what finalize and reconcile say', () => {
  test('receipt and outcome are signed, what the others said is not', async () => {
    const s = signedStage();
    const id = await s.submit();
    s.chain().mine();
    await s.finalize(id);
    const said = [...s.on(topics.requestEvents), ...s.on(topics.receipts)];
    const words = said.map((message) => `${message.attributes['ce-type']} ${s.signedOf(message)}`);
    expect(words.filter((word) => word.endsWith(' valid'))).toEqual([
      'keyturn.request.outcome valid',
      'keyturn.receipt valid',
    ]);
    expect(words.filter((word) => !word.endsWith(' valid')).every((word) => word.endsWith(' absent'))).toBe(true);
    expect(words.length).toBeGreaterThan(4);
    expect(s.isOpen(id)).toBe(false);
  });

  test('openssl, by way of node, takes the attribute as it stands', async () => {
    const s = signedStage();
    const id = await s.submit();
    s.chain().mine();
    await s.finalize(id);
    const [receipt] = s.on(topics.receipts);
    if (receipt === undefined) throw new Error('no receipt');
    const { attributes, data } = receipt;
    const parts = ['keyturn-event-v1', ...['ce-id', 'ce-type', 'ce-source', 'ce-time'].map((name) => attributes[name])];
    const bytes = Buffer.concat(
      [...parts.map((part) => Buffer.from(part ?? '')), Buffer.from(data)].flatMap((part) => [
        Buffer.from(`${part.length}:`),
        part,
        Buffer.from(','),
      ]),
    );
    const key = createPublicKey({
      key: Buffer.from(s.made.key.publicKey, 'base64'),
      format: 'der',
      type: 'spki',
    });
    expect(verify('sha256', bytes, key, Buffer.from(attributes['keyturn-signature'] ?? '', 'base64'))).toBe(true);
    expect(attributes['keyturn-signature-key']).toBe('events-1');
  });

  test('said twice, data and all other attributes are the same, and the signature is another', async () => {
    const s = signedStage();
    const id = await s.submit();
    s.chain().mine();
    // Pub/Sub has the receipt, and finalize dies before the outcome.
    s.publisher.fault = (_, { attributes }) =>
      attributes['ce-type'] === 'keyturn.request.outcome' ? unreachable() : undefined;
    await expect(s.finalize(id)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    s.publisher.fault = () => undefined;
    await s.tick();
    const [first, second] = s.on(topics.receipts).map(({ data, attributes }) => {
      const { 'keyturn-signature': signature, ...rest } = attributes;
      return { same: { data: Buffer.from(data).toString(), rest }, signature };
    });
    expect(second?.same).toEqual(first?.same);
    expect(second?.signature).not.toBe(first?.signature);
    expect(s.on(topics.receipts).map(s.signedOf)).toEqual(['valid', 'valid']);
  });

  test('a replay says who said it as well: the same signed parts, and one attribute more that nobody signs', async () => {
    const s = signedStage();
    receiptsOf(s)('2027-01-05', 2);
    s.storage.put(s.buckets.work, 'replays/of-january', { since: '2027-01-05', until: '2027-01-05' });
    await s.tick();
    const sent = s.on(topics.receipts);
    expect(sent.map(({ attributes }) => attributes.replayed)).toEqual(['of-january', 'of-january']);
    expect(sent.map(s.signedOf)).toEqual(['valid', 'valid']);
  });

  test('while KMS refuses a replay waits, and leaves no receipt out', async () => {
    const s = signedStage();
    receiptsOf(s)('2027-01-05', 2);
    s.storage.put(s.buckets.work, 'replays/of-january', { since: '2027-01-05', until: '2027-01-05' });
    s.made.down = new KeyturnError('INVALID_ARGUMENT', 'kms: asymmetricSign: HTTP 400');
    await s.tick();
    expect(s.on(topics.receipts)).toEqual([]);
    expect(s.storage.names(s.buckets.work, 'replays/')).toHaveLength(1);
    s.made.down = undefined;
    await s.tick();
    expect(s.on(topics.receipts).map(s.signedOf)).toEqual(['valid', 'valid']);
  });

  test('while KMS does not answer nothing goes out unsigned, and nothing is lost', async () => {
    const s = signedStage();
    const id = await s.submit();
    s.chain().mine();
    s.made.down = unreachable();
    await expect(s.finalize(id)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await s.finalize(id);
    await s.tick();
    expect(s.outcome(id)).toMatchObject({ outcome: 'finalized' });
    expect(s.on(topics.receipts)).toEqual([]);
    expect(s.announced('keyturn.request.outcome', id)).toEqual([]);
    expect(s.isOpen(id)).toBe(true);
    s.made.down = undefined;
    await s.tick();
    expect(s.on(topics.receipts).map(s.signedOf)).toEqual(['valid']);
    expect(s.announced('keyturn.request.outcome', id).map(s.signedOf)).toEqual(['valid']);
    expect(s.isOpen(id)).toBe(false);
  });

  test('while KMS does not answer the hints to launch go on, and payments with them', async () => {
    const s = signedStage();
    const id = await s.ask();
    await s.approve(id);
    s.made.down = unreachable();
    const before = s.on(topics.approved).length;
    for (let n = 0; n < 20 && s.on(topics.approved).length === before; n++) await s.tick();
    expect(s.on(topics.approved).length).toBeGreaterThan(before);
    expect(s.on(topics.approved).map(s.signedOf)).not.toContain('valid');
    await s.turn();
    expect(s.chain().sends).toHaveLength(1);
  });

  test('what KMS calls a bad argument is a fault of the law, so that nobody gives the event up for it', async () => {
    const s = signedStage();
    const id = await s.submit();
    s.chain().mine();
    s.made.down = new KeyturnError('INVALID_ARGUMENT', 'kms: asymmetricSign: HTTP 400');
    await expect(s.finalize(id)).rejects.toMatchObject({
      code: 'CONFIG',
      message: expect.stringContaining('law.eventKeys.0.version'),
    });
    expect(s.isOpen(id)).toBe(true);
  });

  test('a public key that is not that of its version: said in so many words, and nothing that readers would call invalid', async () => {
    const s = signedStage(new MemoryEventKey('events-1'), new MemoryEventKey('events-1').key);
    const id = await s.submit();
    s.chain().mine();
    await expect(s.finalize(id)).rejects.toMatchObject({
      code: 'CONFIG',
      message: expect.stringContaining('law.eventKeys.0.publicKey'),
    });
    expect(s.on(topics.receipts)).toEqual([]);
    expect(s.isOpen(id)).toBe(true);
  });
});

test('threat 100: what somebody else wrote is buried as it was: a dead letter is never signed', async () => {
  const s = signedStage();
  const forged = {
    'ce-id': 'lab-results/receipts/x.json',
    'ce-type': 'keyturn.receipt',
    'ce-source': '//s',
    'ce-time': 't',
  };
  const body = {
    message: { data: Buffer.from('{').toString('base64'), attributes: forged, messageId: '1' },
    subscription: 'projects/p/subscriptions/lab-submitted-push',
    deliveryAttempt: 1,
  };
  const handle = (message: Parameters<typeof runStep>[1]) => runStep(finalizeStep(s.context), message, s.context);
  expect(await answer('finalize', s.context, { headers: {}, body }, handle)).toBe(204);
  const [buried] = s.on(topics.deadLetters);
  expect(buried?.attributes).toMatchObject(forged);
  expect(Object.keys(buried?.attributes ?? {}).filter((name) => name.startsWith('keyturn-signature'))).toEqual([]);
  expect(s.made.asked).toBe(0);
});

test('a law without event keys signs nothing, and asks for no signer', async () => {
  const s = stage();
  const never = () => {
    throw new Error('no signer is needed');
  };
  expect(signingPublisher(s.publisher, s.config.law, never)).toBe(s.publisher);
});
