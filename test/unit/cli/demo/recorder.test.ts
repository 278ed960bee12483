import { expect, test } from 'vitest';
import { type Happening, Recorder } from '#cli/demo/recorder.ts';

const event = (type: string, body: object) => ({
  data: Buffer.from(JSON.stringify(body)),
  attributes: { 'ce-type': `keyturn.request.${type}` },
});

const recorded = () => {
  const told: Happening[] = [];
  let now = 0;
  const recorder = new Recorder(
    () => now,
    (happening) => told.push(happening),
  );
  return { recorder, told, at: (ms: number) => (now = ms) };
};

test('stages carry the time at which they were first heard of, however often they are said', () => {
  const { recorder, told, at } = recorded();
  at(5);
  recorder.requestEvent(event('accepted', { id: 'a' }));
  at(9);
  recorder.requestEvent(event('accepted', { id: 'a' }));
  recorder.requestEvent(event('share-seen', { id: 'a', coSigner: 'bob' }));
  recorder.requestEvent(event('share-seen', { id: 'a', coSigner: 'bob' }));
  expect(recorder.story('a').stagesMs).toEqual({ accepted: 5 });
  expect(told.map(({ kind }) => kind)).toEqual(['accepted', 'share-seen']);
});

test('whoever waits goes on with the event that fulfils it', async () => {
  const { recorder } = recorded();
  const both = recorder.until(
    () => recorder.story('a').outcome !== '' && recorder.story('a').stagesMs.receipt !== undefined,
  );
  recorder.requestEvent(event('outcome', { id: 'a', outcome: 'finalized' }));
  recorder.receiptEvent({ data: Buffer.from(JSON.stringify({ id: 'a', feeWei: '7', approvedBy: ['alice'] })) });
  await both;
  expect(recorder.story('a')).toMatchObject({ outcome: 'finalized', feeWei: '7', approvedBy: ['alice'] });
});

test('a machine is counted when its workload starts, and its log lines are read', () => {
  const { recorder, told } = recorded();
  recorder.vmLine('turn-treasury-1', 'workload task started', 'sha256:ab');
  recorder.vmLine('turn-treasury-1', 'no json', 'sha256:ab');
  recorder.vmLine('turn-treasury-1', JSON.stringify({ message: 'turn.sealed', id: 'a', entry: 'e', nonce: '0' }), '');
  expect(recorder.vmBoots).toBe(1);
  expect(told).toEqual([
    { kind: 'machine', name: 'turn-treasury-1', image: 'sha256:ab' },
    { kind: 'sealed', id: 'a', entry: 'e', nonce: '0' },
  ]);
});
