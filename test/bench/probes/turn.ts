import { stage } from '../../support/stage.ts';
import { requestsOf } from './counted.ts';
import { emit, numberOf } from './emit.ts';
import { cloudClock, slowed } from './slow-ports.ts';

/** One turn over in-memory ports that take as long as the cloud's. `--open N` approved requests wait for it, `--rounds N` times. */
const once = async (open: number): Promise<number> => {
  const given = stage({ limits: { maxOpenPerWallet: 100_000, maxOpenPerRequester: 100_000 } });
  for (let n = 0; n < open; n++) await given.approve(await given.ask({ reference: `bench-${n}` }));
  const storage = slowed(given.storage, 30);
  const began = performance.now();
  await given.turn(1n, {
    storage,
    shareStorage: () => storage,
    releaseKeys: slowed(given.keys, 30),
    publisher: slowed(given.publisher, 30),
    attestation: slowed(given.attestation, 500),
    chains: { of: (id: string) => slowed(given.chain(id), 80, requestsOf) },
    clock: cloudClock(given.clock.now()),
  });
  const ms = performance.now() - began;
  if (given.chain().sends.length < open) throw new Error(`${given.chain().sends.length} of ${open} were sent`);
  return ms;
};

const open = numberOf('open', 20);
const ms: number[] = [];
for (let n = 0; n < numberOf('rounds', 1); n++) ms.push(await once(open));
emit({ ms });
