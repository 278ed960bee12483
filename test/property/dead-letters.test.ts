import { expect, test } from 'vitest';
import { checkDrafts } from '#local/cloud/pubsub/message.ts';
import { type Burial, buriedAttributes, originalAttributes, toldBy } from '#schemas/dead-letters.ts';
import fc from '#test/support/properties.ts';

const text = fc.string({ unit: 'binary', maxLength: 3000 });
const burial: fc.Arbitrary<Burial> = fc.record({
  code: text,
  reason: text,
  function: text,
  subscription: text,
  messageId: text,
  attempt: fc.nat({ max: 1000 }),
  published: text,
});
const key = fc
  .string({ minLength: 1, maxLength: 60 })
  .filter((name) => !/^(keyturn-buried-|CloudPubSubDeadLetterSource|goog)/.test(name));
/** What may be published, with room for ours. */
const attributes = fc.dictionary(key, fc.string({ maxLength: 200 }), { maxKeys: 90, noNullPrototype: true });

test('whatever the reason and whatever the message: Pub/Sub takes it, and the message comes back exactly', () => {
  fc.assert(
    fc.property(attributes, burial, (own, said) => {
      const buried = buriedAttributes(own, said);
      expect(() => checkDrafts([{ data: Buffer.from('x'), attributes: buried }])).not.toThrow();
      expect(originalAttributes(buried)).toEqual(own);
      const told = toldBy(buried);
      expect(told.by).toBe('function');
      expect(told.attempts).toBe(said.attempt);
      const short = Buffer.byteLength(said.reason) <= 1024;
      if (short) expect(told.reason).toBe(said.reason.toWellFormed());
      else expect(said.reason.toWellFormed().startsWith(told.reason.slice(0, -1))).toBe(true);
    }),
    { numRuns: 300 },
  );
});

test('burying twice adds nothing: the last burial is what is told', () => {
  fc.assert(
    fc.property(attributes, burial, burial, (own, first, last) => {
      expect(buriedAttributes(buriedAttributes(own, first), last)).toEqual(buriedAttributes(own, last));
    }),
    { numRuns: 100 },
  );
});
