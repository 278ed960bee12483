import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { Clock } from '#core/ports.ts';
import { reconcile } from '#functions/reconcile/handle.ts';
import { isKeyturnError } from '#schemas/codes.ts';
import { approvedObject, openObject } from '#schemas/names.ts';
import { timeText } from '#schemas/spellings.ts';
import fc from '#test/support/properties.ts';
import { type Pipeline, START, stage } from '#test/support/stage.ts';
import { trustedClock } from '#workload/trusted-time.ts';

/**
 * Four clocks: the attestation service's, which is right; the machine's, the functions', and Cloud Storage's, which dates objects. The last
 * three are moved. A machine begins its turn as main.ts has it, by the time of a fresh token.
 */
const [SECOND, MINUTE, HOUR, DAY] = [1000, 60_000, 3_600_000, 86_400_000];
const [VALID, DELAY] = [2 * HOUR, 10 * MINUTE];

const skewed = (clock: Clock, ms: number): Clock => ({
  now: () => clock.now() + ms,
  sleep: (time, signal) => clock.sleep(time, signal),
});
const ticked = (s: Pipeline, skew: number) => reconcile({ ...s.context, clock: skewed(s.clock, skew) });
/** False: this machine does not believe its clock, and ends. */
const turned = async (s: Pipeline, turn: bigint, skew: number): Promise<boolean> => {
  try {
    const clock = await trustedClock(s.attestation, skewed(s.clock, skew), s.log);
    await s.turn(turn, { clock });
    return true;
  } catch (error) {
    if (isKeyturnError(error, 'CLOCK_SKEW')) return false;
    throw error;
  }
};

const entrySchema = z.object({
  kind: z.string(),
  items: z.array(z.object({ id: z.string(), nonce: z.string().optional() })),
});
const sealed = (s: Pipeline) =>
  s.seals().flatMap((name) => {
    const { kind, items } = entrySchema.parse(s.storage.json(s.buckets.register, name));
    return kind === 'seal' ? items.map(({ id, nonce }) => ({ id, nonce: Number(nonce), entry: name })) : [];
  });

const BORNE = [-119 * SECOND, -MINUTE, 0, MINUTE, 119 * SECOND];
const MACHINES = [-DAY, -121 * SECOND, ...BORNE, 121 * SECOND, DAY];
const FUNCTIONS = [-DAY, 0, DAY];
const STORAGE = [-100 * MINUTE, 0, 100 * MINUTE, DAY];
const ROWS = MACHINES.flatMap((machine) =>
  FUNCTIONS.flatMap((functions) => STORAGE.map((storage) => ({ machine, functions, storage }))),
);
const inSeconds = (row: (typeof ROWS)[number]) => ({
  ...row,
  of: Object.entries(row)
    .map(([who, ms]) => `${who} ${ms / SECOND} s`)
    .join(', '),
});

describe('threat 90: a request that has expired', () => {
  const approved = async (s: Pipeline): Promise<string> => {
    const id = await s.ask({ validUntil: timeText(START + VALID) });
    await s.approve(id);
    return id;
  };

  test.each(ROWS.map(inSeconds))('is not signed, whichever clock is wrong: $of', async (row) => {
    const s = stage();
    await approved(s);
    s.clock.advance(VALID + SECOND);
    s.storage.now = () => s.clock.now() + row.storage;
    // Before the functions have said anything of it, and after.
    await turned(s, 1n, row.machine);
    await ticked(s, row.functions);
    await turned(s, 2n, row.machine);
    expect([sealed(s), s.keys.decryptions, s.chain().sends]).toEqual([[], 0, []]);
  });

  test.each(BORNE)('is signed before that by a machine that is %i ms ahead', async (machine) => {
    const s = stage();
    await approved(s);
    s.clock.advance(VALID - 5 * MINUTE);
    expect(await turned(s, 1n, machine)).toBe(true);
    expect([sealed(s).length, s.chain().sends.length]).toEqual([1, 1]);
  });
});

describe('threat 90: a delay', () => {
  const delayed = () =>
    stage({
      wallet: {
        policy: {
          rules: [{ name: 'any', effect: 'allow', destinations: ['*'], opaque: true }],
          delays: [{ name: 'large', seconds: DELAY / SECOND, aboveWei: '0' }],
        },
      },
    });
  /** Both shares now, and the word of a function that it is time. */
  const approved = async (s: Pipeline): Promise<string> => {
    const id = await s.ask({ validUntil: timeText(START + VALID) });
    await s.approve(id);
    const fact = { id, wallet: 'hot', coSigners: ['alice', 'bob'] };
    s.storage.put(s.buckets.results, approvedObject(id), Buffer.from(JSON.stringify(fact)));
    return id;
  };

  test.each(ROWS.map(inSeconds))('is not over before its time, whichever clock is wrong: $of', async (row) => {
    const s = delayed();
    await approved(s);
    s.storage.now = () => s.clock.now() + row.storage;
    s.clock.advance(DELAY - 2 * SECOND);
    await ticked(s, row.functions);
    await turned(s, 1n, row.machine);
    expect([sealed(s), s.keys.decryptions, s.chain().sends]).toEqual([[], 0, []]);
  });

  test.each(BORNE)('is over after it, for a machine that is %i ms ahead', async (machine) => {
    const s = delayed();
    await approved(s);
    s.clock.advance(DELAY + SECOND);
    await ticked(s, 0);
    expect(await turned(s, 1n, machine)).toBe(true);
    expect([sealed(s).length, s.chain().sends.length]).toEqual([1, 1]);
  });

  test.each([
    ['ahead, it is longer by that', 3 * MINUTE],
    ['behind, it is shorter by that: this clock is trusted', -3 * MINUTE],
  ])('begins when Cloud Storage dates the shares. Was it %s', async (_, ms) => {
    const s = delayed();
    s.storage.now = () => s.clock.now() + ms;
    await approved(s);
    s.storage.now = () => s.clock.now();
    s.clock.advance(DELAY + ms - 2 * SECOND);
    await ticked(s, 0);
    await turned(s, 1n, 0);
    expect(sealed(s)).toEqual([]);
    s.clock.advance(3 * SECOND);
    await ticked(s, 0);
    await turned(s, 2n, 0);
    expect(sealed(s)).toHaveLength(1);
  });
});

/** The operator erases all that tells of a signature outside the register, and marks every request as approved: the log alone protects. */
const forget = (s: Pipeline, messages: ReadonlyMap<string, Uint8Array>): void => {
  for (const bucket of [s.buckets.signed, s.buckets.results])
    for (const name of s.storage.names(bucket))
      if (!name.endsWith('/request.json') && !name.endsWith('/approved.json')) s.storage.erase(bucket, name);
  for (const [id, message] of messages)
    s.storage.put(s.buckets.work, openObject('hot', id), message, { metadata: { stage: 'approved' } });
};

const ms = (most: number) => fc.integer({ min: -most, max: most });
/** What happens next, and how wrong the clock of whoever does it is. */
const deed = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('ask'), minutes: fc.integer({ min: 1, max: 180 }) }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('turn'), skew: ms(150 * SECOND) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('tick'), skew: ms(3 * HOUR) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('wait'), minutes: fc.integer({ min: 1, max: 150 }) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('forget'), skew: fc.constant(0) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('two turns'), skew: ms(119 * SECOND) }) },
);

describe('threat 90: objects that are dated up to 100 minutes wrongly, each call anew', () => {
  test('no request has two nonces, no nonce two requests, none is left out, and none is sealed after its time', async () => {
    let [seals, unsealed] = [0, 0];
    await fc.assert(
      fc.asyncProperty(
        fc.array(deed, { minLength: 8, maxLength: 30 }),
        fc.infiniteStream(ms(100 * MINUTE)),
        async (deeds, dates) => {
          // A read goes back five hours, of which two are to spare.
          const s = stage({ limits: { maxValiditySeconds: (3 * HOUR) / SECOND } });
          const createdAt = new Map<string, number>();
          s.storage.now = () => s.clock.now() + (dates.next().value ?? 0);
          s.storage.fault = (kind, bucket, name) => {
            if (kind === 'create' && bucket === s.buckets.register) createdAt.set(name, s.clock.now());
            return undefined;
          };
          const validUntil = new Map<string, number>();
          const messages = new Map<string, Uint8Array>();
          let turn = 0n;
          for (const [n, one] of deeds.entries()) {
            if ('minutes' in one && one.kind === 'ask') {
              const until = Math.ceil(s.clock.now() / SECOND) * SECOND + one.minutes * MINUTE;
              const request = s.requestOf({ validUntil: timeText(until), reference: `moved-${n}` });
              const id = s.idOf(request);
              await s.deliver(s.messageOf(request));
              validUntil.set(id, until);
              messages.set(id, s.messageOf(request));
              await s.approve(id);
            } else if ('minutes' in one) s.clock.advance(one.minutes * MINUTE);
            else if (one.kind === 'forget') forget(s, messages);
            else if (one.kind === 'tick') await ticked(s, one.skew);
            else if (one.kind === 'turn') await turned(s, ++turn, one.skew);
            else {
              const [first, second] = [++turn, ++turn];
              await Promise.all([turned(s, first, one.skew), turned(s, second, -one.skew)]);
            }
          }
          const items = sealed(s);
          seals += items.length;
          unsealed += messages.size - items.length;
          expect(new Set(items.map(({ id }) => id)).size).toBe(items.length);
          expect(items.map(({ nonce }) => nonce).sort((a, b) => a - b)).toEqual(items.map((_, n) => n));
          for (const { id, entry } of items)
            expect(createdAt.get(entry)).toBeLessThanOrEqual((validUntil.get(id) ?? 0) + 2 * MINUTE);
        },
      ),
      { numRuns: 50 },
    );
    // Not for want of seals, or of requests whose time was over.
    expect(seals).toBeGreaterThan(50);
    expect(unsealed).toBeGreaterThan(20);
  }, 240_000);
});
