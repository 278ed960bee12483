import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { topicsOf } from '#schemas/names.ts';
import { startTestLab, type TestLab } from '../support/lab.ts';
import { bytesOf } from '../support/requests.ts';
import { People } from '../support/rights.ts';

const TOPICS = topicsOf('lab');

let test: TestLab;
let people: People;
beforeAll(async () => {
  test = await startTestLab();
  people = new People(test);
}, 90_000);
afterAll(() => test.close(), 30_000);

const own = (attributes: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(attributes).filter(([key]) => !key.startsWith('goog')));
const on = (topic: string, text: string) => test.seen.filter((one) => one.topic === topic && one.text === text);
describe('a message that can never succeed', () => {
  // Of its schema, and yet no event of ours: whoever may publish on the topic, an operator for one, can send it.
  const poison = bytesOf({ eventId: 'x', id: 'nonsense', wallet: 'treasury' });
  const attributes = { 'ce-id': 'x', 'ce-subject': 'nonsense', reason: 'none of ours', note: 'kept' };
  let original = '';

  beforeAll(async () => {
    await people.publish('operator', TOPICS.approved, { data: poison, attributes });
    await test.line('launch.buried', { code: 'MALFORMED' });
    original = String(test.logged('launch.fault')[0]?.fields.messageId);
  }, 60_000);

  it('is given up at its first delivery', async () => {
    await test.until('the dead letter', () => on('deadLetters', poison.toString()).length > 0);
    expect(test.logged('launch.fault', { code: 'MALFORMED', attempt: 1 })).toHaveLength(1);
    expect(original).toMatch(/^\d+$/);
  });

  it('keyturn dead-letters says what, where from, by whom and why', async () => {
    const said = await people.does('operator', 'dead-letters');
    expect(said.deadLetters).toMatchObject([
      {
        buriedBy: 'launch',
        topic: TOPICS.approved,
        subscription: `${TOPICS.approved}-push`,
        original,
        attempts: 1,
        code: 'MALFORMED',
        reason: 'the event body is not what this step is fed with: id',
        why: 'MALFORMED: the event body is not what this step is fed with: id',
        body: poison.toString(),
      },
    ]);
  });

  it('keyturn status counts it', async () => {
    expect(await people.does('operator', 'status')).toMatchObject({ deadLetters: 1 });
  });

  it('keyturn redrive puts back exactly the message that it was', async () => {
    expect(await people.does('operator', 'redrive', '--all')).toMatchObject({ redriven: 1 });
    const [first, again] = await test.until('it to be on its topic again', () => {
      const found = on('approved', poison.toString());
      return found.length > 1 && found;
    });
    expect(own(first?.attributes ?? {})).toEqual(attributes);
    expect(own(again?.attributes ?? {})).toEqual(attributes);
  });

  it('whose cause nobody mended: it is buried anew, and carries no more than before', async () => {
    await test.until('a second burial', () => test.logged('launch.buried').length === 2);
    const said = await people.does('operator', 'dead-letters');
    expect(said.deadLetters).toMatchObject([{ attempts: 1, code: 'MALFORMED' }]);
    expect(said.deadLetters).not.toMatchObject([{ original }]);
    const [one, two] = on('deadLetters', poison.toString()).map((each) => Object.keys(own(each.attributes)).sort());
    expect(two).toEqual(one);
  });

  it('nothing else is left: delivered once each time, and ticks never come here', async () => {
    expect(await people.does('operator', 'status')).toMatchObject({ deadLetters: 1 });
    expect(test.seen.filter(({ topic }) => topic === 'deadLetters')).toHaveLength(2);
    expect(test.logged('launch.fault')).toHaveLength(2);
    expect(await test.push('reconcile', Buffer.from('{'))).toBe(204);
  });
});

describe('what holds no message', () => {
  it('is not acknowledged and not buried: nothing would be there to redrive', async () => {
    const before = test.seen.filter(({ topic }) => topic === 'deadLetters').length;
    expect(await test.push('launch', Buffer.from('x'), {}, { deliveryAttempt: 0.5 })).toBe(500);
    expect(await test.push('launch', Buffer.from('x'), {}, { subscription: '' })).toBe(500);
    expect(test.seen.filter(({ topic }) => topic === 'deadLetters')).toHaveLength(before);
  });

  it('nor is one that lay among the dead letters and came from there by other hands', async () => {
    const delivery = { deliveryAttempt: 1, subscription: 'projects/keyturn-local/subscriptions/round-in-circles' };
    expect(await test.push('launch', Buffer.from('x'), { 'keyturn-buried-code': 'MALFORMED' }, delivery)).toBe(500);
    expect(test.logged('launch.buried', { subscription: 'round-in-circles' })).toEqual([]);
    expect(await test.push('launch', Buffer.from('x'), {}, delivery)).toBe(204);
    await test.line('launch.buried', { subscription: 'round-in-circles' });
    const { deadLetters } = await people.does('operator', 'dead-letters');
    expect(deadLetters).toMatchObject([{}, { topic: null, subscription: 'round-in-circles' }]);
  });
});
