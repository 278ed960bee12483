import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type LossyProxy, lossy, startProxy } from './proxy.ts';
import { ended, expectOnce } from './support/ends.ts';
import { type FaultLab, PATIENCE, startFaultLab } from './support/lab.ts';
import { type Asked, askAndApprove } from './support/people.ts';

/** Of all calls: as many again lose their answer. */
const RATE = 0.05;
const SEED = 20_260_901;

let lab: FaultLab;
const proxies = new Map<string, LossyProxy>();

beforeAll(async () => {
  lab = await startFaultLab({
    reroute: async (service, target) => {
      const proxy = await startProxy({ target, judge: lossy(RATE, SEED + proxies.size) });
      proxies.set(service, proxy);
      return proxy.url;
    },
  });
}, PATIENCE);

afterAll(async () => {
  await lab?.close();
  await Promise.all([...proxies.values()].map((proxy) => proxy.close()));
});

describe(`in front of storage, kms, compute, sts and the node: ${RATE * 100} % refused, as many replies lost (seed ${SEED})`, () => {
  test(
    'everything ends once',
    async () => {
      const asked: Asked[] = [];
      for (let n = 0; n < 10; n++) asked.push(askAndApprove(lab));
      await ended(lab, asked);
      await expectOnce(lab, asked);
      expect([...proxies.keys()].toSorted()).toEqual(['compute', 'kms', 'rpc', 'storage', 'sts']);
      const { refuse = 0, reset = 0, lose = 0 } = proxies.get('storage')?.counts ?? {};
      expect(Math.min(refuse, reset, lose), 'the proxy did its worst').toBeGreaterThan(0);
    },
    PATIENCE,
  );
});
