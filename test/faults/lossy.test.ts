import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ended, expectOnce } from './support/ends.ts';
import { PATIENCE } from './support/lab.ts';
import { type Asked, askAndApprove } from './support/people.ts';
import { APIS, type Api, dealt, startWiredLab, type WiredLab } from './support/wires.ts';

/** Of so many calls one is refused, and another loses its answer: 5 % of each. */
const DECK = 20;
/** A connection of HTTP/2 that breaks ends all calls under way on it. With so many at once, that is about a dozen calls. */
const SHARED_DECK = 60;
const SEED = 20_260_901;
const REQUESTS = 20;
/** What is called often enough that both must have happened. */
const BUSY: readonly Api[] = ['storage', 'kms', 'rpc', 'pubsub', 'push'];

let wired: WiredLab;

beforeAll(async () => {
  wired = await startWiredLab();
}, PATIENCE);
afterAll(() => wired?.close());

describe(`in front of the node and of every service at once: 1 call in ${DECK} refused, as many answers lost (seed ${SEED})`, () => {
  test(
    `${REQUESTS} requests end once`,
    async () => {
      const { lab, wires } = wired;
      for (const [n, api] of APIS.entries()) wires[api].deal = dealt(api === 'pubsub' ? SHARED_DECK : DECK, SEED + n);
      const asked: Asked[] = [];
      for (let n = 0; n < REQUESTS; n++) asked.push(askAndApprove(lab));
      await ended(lab, asked);
      await expectOnce(lab, asked);
      for (const api of BUSY) expect(Math.min(wires[api].refused, wires[api].lost), api).toBeGreaterThan(0);
    },
    PATIENCE,
  );
});
