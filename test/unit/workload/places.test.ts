import { expect, test } from 'vitest';
import { KeyturnError } from '#schemas/codes.ts';
import { type Pipeline, stage } from '#test/support/stage.ts';

const approved = async (s: Pipeline, count: number): Promise<readonly string[]> => {
  const ids: string[] = [];
  for (let n = 0; n < count; n++) ids.push(await s.ask({ reference: `one-batch-${n}` }));
  for (const id of ids) await s.approve(id);
  s.storage.calls.length = 0;
  return ids;
};
const places = (s: Pipeline): readonly string[] =>
  s.storage.calls.filter((call) => call.startsWith(`list ${s.buckets.keys}/`)).sort();

test('a batch lists each place once, whatever is in it', async () => {
  const s = stage();
  const ids = await approved(s, 5);
  await s.turn();
  expect(ids.map((id) => s.fact(id, 'submitted'))).toEqual(ids.map(() => expect.anything()));
  expect(places(s)).toEqual(['alice/', 'bob/', 'holder-3/'].map((place) => `list ${s.buckets.keys}/${place}`));
});

test('a rejection that nobody told is in that listing: its request is not sealed, and the others are', async () => {
  const s = stage();
  const [vetoed = '', ...others] = await approved(s, 3);
  s.reject('alice', vetoed);
  await s.turn();
  expect(s.fact(vetoed, 'submitted')).toBeUndefined();
  expect(others.map((id) => s.fact(id, 'submitted'))).toEqual(others.map(() => expect.anything()));
});

test('a place that cannot be listed keeps nobody from approving', async () => {
  const s = stage();
  const ids = await approved(s, 2);
  for (const id of ids) await s.upload('holder-3', id, { notify: false });
  s.storage.fault = (call, _, name) =>
    call === 'list' && name.startsWith('alice/') ? new KeyturnError('PERMISSION_DENIED', 'no') : undefined;
  await s.turn();
  expect(ids.map((id) => s.fact(id, 'submitted'))).toEqual(ids.map(() => expect.anything()));
});

test('a place that takes many pages is listed for each request of the batch', async () => {
  const s = stage();
  const ids = await approved(s, 2);
  for (let n = 0; n < 2_500; n++)
    s.storage.put(s.buckets.keys, `bob/shares/${n.toString(16).padStart(64, '0')}`, new Uint8Array(1));
  await s.turn();
  expect(ids.map((id) => s.fact(id, 'submitted'))).toEqual(ids.map(() => expect.anything()));
  expect(places(s).filter((call) => call.endsWith('/bob/')).length).toBeLessThanOrEqual(2);
  expect(places(s).filter((call) => call.includes('/bob/shares/'))).toHaveLength(2);
});
