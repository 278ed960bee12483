import { describe, expect, test } from 'vitest';
import { KeyturnError } from '#schemas/codes.ts';
import { topicsOf } from '#schemas/names.ts';
import { signedStage } from '#test/support/signed-stage.ts';

const topics = topicsOf('lab');

describe('a key that signs no more keeps no payment, whatever reconcile has to say first', () => {
  const gone = () => new KeyturnError('PERMISSION_DENIED', 'kms: asymmetricSign: the version is disabled');
  const ticks = async (s: ReturnType<typeof signedStage>, count: number) => {
    for (let n = 0; n < count; n++) await s.tick();
  };

  test('a wait: the next turn is asked for', async () => {
    const s = signedStage();
    const id = await s.ask();
    await s.approve(id);
    for (const zone of ['zone-a', 'zone-b']) s.machines.full.add(zone);
    await s.launch(id);
    s.machines.full.clear();
    s.made.down = gone();
    const before = s.on(topics.approved).length;
    await ticks(s, 20);
    expect(s.on(topics.approved).length).toBeGreaterThan(before);
    expect(s.announced('keyturn.request.waiting', id)).toEqual([]);
    s.made.down = undefined;
    await ticks(s, 1);
    expect(s.announced('keyturn.request.waiting', id).map(s.signedOf)).toContain('valid');
  });

  test('votes of which no notification came: it is approved, and its turn asked for', async () => {
    const s = signedStage();
    const id = await s.ask();
    for (const coSigner of ['alice', 'bob']) await s.upload(coSigner, id, { notify: false });
    s.made.down = gone();
    await ticks(s, 20);
    expect(s.on(topics.approved).length).toBeGreaterThan(0);
    expect(s.announced('keyturn.request.approved', id)).toEqual([]);
    s.made.down = undefined;
    await ticks(s, 1);
    expect(s.announced('keyturn.request.approved', id).map(s.signedOf)).toEqual(['valid']);
  });

  test('a transaction that left the pool: it is sent again and settled, and all of it is said once the key is back', async () => {
    const s = signedStage();
    const id = await s.submit();
    s.made.down = gone();
    s.chain().pool = [];
    const before = s.chain().sends.length;
    await ticks(s, 20);
    expect(s.chain().sends.length).toBeGreaterThan(before);
    s.chain().mine();
    await ticks(s, 2);
    expect(s.outcome(id)).toMatchObject({ outcome: 'finalized' });
    expect(s.isOpen(id)).toBe(true);
    s.made.down = undefined;
    await ticks(s, 1);
    expect(s.announced('keyturn.request.outcome', id).map(s.signedOf)).toEqual(['valid']);
    expect(s.isOpen(id)).toBe(false);
  });
});
