import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { FUNCTION_NAMES } from '#local/lab/people.ts';
import {
  OPERATIONS_OBJECT,
  openObject,
  PAUSED_OBJECT,
  stoppedObject,
  turnObject,
  turnTriedObject,
} from '#schemas/names.ts';
import { startTestLab, type TestLab } from '../e2e/support/lab.ts';
import { bytesOf } from '../e2e/support/requests.ts';
import { People } from '../e2e/support/rights.ts';
import { putRight, thiefOf } from './support/thief.ts';
import { Victims } from './support/victims.ts';

/** A thief has the account of one function, with the rights of the plan and no others. All functions go on with their work. */
let test: TestLab;
let people: People;
let victims: Victims;
beforeAll(async () => {
  test = await startTestLab({ operations: { bootLimitSeconds: 5 } });
  people = new People(test);
  victims = new Victims(test, 600);
}, 90_000);
afterAll(() => test.close(), 30_000);
afterEach(() => victims.areWhole());

const HASH = `0x${'7'.repeat(64)}`;
const NOTHING = Buffer.alloc(0);

describe('threat 94: whoever may write the work bucket', () => {
  it.each(FUNCTION_NAMES)(
    'as %s steers, hides and holds up: nothing is paid that was not approved, and that once',
    async (name) => {
      const thief = thiefOf(test, name);
      await victims.quiet();
      const [id, bait] = [await victims.ask(), await victims.ask()];
      await victims.approve(bait, 'alice');
      const before = test.read('work', OPERATIONS_OBJECT) ?? NOTHING;
      const dead = {
        image: `thief@sha256:${'0'.repeat(64)}`,
        rpc: [{ chainId: '31337', urls: ['http://127.0.0.1:9'] }],
      };
      thief.put('work', OPERATIONS_OBJECT, { ...JSON.parse(`${before}`), ...dead });
      thief.put('work', PAUSED_OBJECT, NOTHING);
      const stop = stoppedObject('treasury', '31337', 50n, HASH);
      thief.put('work', stop, { id, wallet: 'treasury', chainId: '31337', nonce: '50', transactionHash: HASH });
      const turn = BigInt(test.list('work', 'turns/').length) + 5n;
      const claim = { wallet: 'treasury', turn: `${turn}`, zone: 'us-central1-a', name: `turn-treasury-${turn}` };
      thief.put('work', turnObject('treasury', turn), claim);
      for (const each of [id, bait]) {
        thief.put('work', turnTriedObject('treasury', turn, each), NOTHING);
        thief.remove('work', openObject('treasury', each));
      }
      await victims.approve(id, 'alice', 'bob');
      await test.line('launch.wait', { id, code: 'PAUSED' });
      // The operator puts right what there is to see, and the dApp says again what it asked for: what was hidden is found.
      await people.does('operator', 'resume');
      putRight(test, stop, undefined);
      putRight(test, OPERATIONS_OBJECT, before);
      await test.publish(bytesOf(victims.requestOf(id)));
      await victims.isPaid(id);
      expect(victims.isSealed(bait)).toBe(false);
    },
  );

  it.each(FUNCTION_NAMES)(
    'as %s ends a pause of the operator: what enough people approved is paid, and nothing else',
    async (name) => {
      await people.does('operator', 'pause', '--reason', 'a test');
      const [id, bait] = [await victims.ask(), await victims.ask()];
      await victims.approve(bait, 'alice');
      await victims.approve(id, 'alice', 'bob');
      await test.line('launch.wait', { id, code: 'PAUSED' });
      thiefOf(test, name).remove('work', PAUSED_OBJECT);
      await victims.isPaid(id);
      expect(victims.isSealed(bait)).toBe(false);
    },
  );
});
