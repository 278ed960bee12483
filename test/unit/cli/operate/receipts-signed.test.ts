import { expect, test } from 'vitest';
import { run } from '#cli/commands/receipts.ts';
import type { Message } from '#core/ports.ts';
import { signingPublisher } from '#functions/runtime/signed-events.ts';
import { messageOf, receiptEvents } from '#schemas/events.ts';
import type { ReceiptFact } from '#schemas/facts.ts';
import { receiptObject } from '#schemas/names.ts';
import { lawJson, NOW, stageOf, WALLET_ADDRESS } from '#test/support/cli/people.ts';
import { MemoryEventKey } from '#test/support/event-keys.ts';
import { receiptWith } from '#test/support/receipt.ts';

const ID = 'c'.repeat(64);
const NAME = receiptObject(ID, NOW);
const RECEIPT = receiptWith({ eventId: `lab-results/${NAME}`, id: ID, chainId: '31337', from: WALLET_ADDRESS });
const [made, retired] = [new MemoryEventKey('events-1'), new MemoryEventKey('events-0', 2)];

const unsigned = (receipt: ReceiptFact = RECEIPT): Message => {
  const [announcement] = receiptEvents(receipt);
  if (announcement === undefined) throw new Error('no event');
  return messageOf(announcement, { bucket: 'lab-results', name: NAME, timeCreated: NOW });
};
const signedBy = async (by: MemoryEventKey): Promise<Message> => {
  const sent: Message[] = [];
  const publisher = { publish: async (_: string, message: Message) => void sent.push(message) };
  const law = { name: 'lab', eventKeys: [by.key] };
  await signingPublisher(publisher, law, () => by).publish('lab-receipts', unsigned());
  return sent[0] ?? unsigned();
};

const followed = async (messages: readonly Message[], over: { json?: boolean; keys?: boolean } = {}) => {
  const { json = false, keys = true } = over;
  const law = { ...lawJson(), ...(keys ? { eventKeys: [made.key] } : {}) };
  const stage = stageOf({
    me: 'finance',
    law,
    json,
    ports: {
      subscriber: async () => ({
        follow: async (_, handle) => {
          for (const message of messages) await handle(message);
        },
      }),
    },
  });
  expect(await run(stage.session, { follow: true, subscription: 'mine' })).toBe(0);
  return { out: stage.stdout.text, aside: stage.stderr.text };
};

test('with --json each event says who said it', async () => {
  const amount = unsigned({ ...RECEIPT, valueWei: '7' });
  const messages = [
    await signedBy(made),
    await signedBy(retired),
    unsigned(),
    { data: amount.data, attributes: (await signedBy(made)).attributes },
  ];
  const { out } = await followed(messages, { json: true });
  const lines = out.trimEnd().split('\n');
  expect(lines.map((line) => JSON.parse(line).event.signed)).toEqual(['valid', 'unknown-key', 'absent', 'invalid']);
});

test('a stranger’s event of the same id does not keep the true one from being printed, and each is printed once', async () => {
  const { out } = await followed([unsigned(), unsigned(), await signedBy(made), await signedBy(made)], { json: true });
  expect(
    out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).event.signed),
  ).toEqual(['absent', 'valid']);
});

test('people are told of what is not signed as their law says, beside the stream', async () => {
  expect((await followed([await signedBy(made)])).aside).toBe('');
  expect((await followed([unsigned()])).aside).toContain('! cccccccc it is not signed');
  expect((await followed([await signedBy(retired)])).aside).toContain('! cccccccc it is signed by a key that your law');
  const forged = { data: unsigned({ ...RECEIPT, valueWei: '7' }).data, attributes: (await signedBy(made)).attributes };
  expect((await followed([forged])).aside).toContain('! cccccccc its signature is not by the key that it names');
});

test('under a law without event keys nobody misses a signature', async () => {
  expect((await followed([unsigned()], { keys: false })).aside).toBe('');
});
