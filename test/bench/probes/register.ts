import { secp256k1 } from '@noble/curves/secp256k1.js';
import { secretOf } from '../../support/law.ts';
import { load } from '../tree.ts';
import { countedStage } from './counted-stage.ts';
import { cpuSince, emit, numberOf } from './emit.ts';
import { cloudClock } from './slow-ports.ts';

/**
 * What a new turn reads before it seals one request, with a history behind it: `--seals N` of `--per N` transactions, spread over `--days N`.
 * A turn makes the first seal. The others are copies with requests, nonces and a signature of their own: a turn each would take an hour. One
 * more turn seals on top of them, as turns did all along, and leaves a checkpoint where its build makes any. With days, the wallet has a window as
 * long. The same turn without that history runs first, and what it reads does not count.
 */
const { readEntry, sealBytes, sealSigningDigest } = await load('core/register/entry.ts', 'core/register-entry.ts');
const { sealObject } = await load('schemas/names.ts');
const EVIDENCE = 'e'.repeat(6_000);
const HOUR = 3_600_000;
const RULES = { rules: [{ name: 'any', effect: 'allow', destinations: ['*'], maxValueWei: `${10n ** 30n}` }] };
const window = (days: number) => ({ name: 'long', seconds: days * 86_400, maxWei: `${10n ** 40n}` });
const secret = secretOf(1);

const sign = (digest: Uint8Array): string => {
  const bytes = secp256k1.sign(digest, secret, {
    prehash: false,
    lowS: true,
    extraEntropy: false,
    format: 'recovered',
  });
  return `0x${Buffer.from(bytes.subarray(1)).toString('hex')}${bytes[0] === 1 ? '1c' : '1b'}`;
};

const measure = async (seals: number, per: number, days: number) => {
  const given = countedStage({}, days === 0 ? {} : { policy: { ...RULES, windows: [window(days)] } });
  const { clock, wallet, buckets } = given;
  const chainId = '31337';
  const log = { chainId, address: wallet.address, registerBucket: buckets.register };
  const span = days === 0 ? HOUR : days * 24 * HOUR;
  const first = clock.now();
  // Enough for all that is sealed and, on this chain, never mined.
  given.chain().funds = 10n ** 30n;
  await given.submit({ reference: 'bench-first' });
  const [name = ''] = given.seals();
  const made = await given.storage.read(buckets.register, name);
  const entry = readEntry(made?.bytes, name, log);
  const [item] = entry.items;
  for (let n = 1; n < seals; n++) {
    const validUntil = new Date(first + HOUR).toISOString().replace(/\.\d+/, '');
    const items = Array.from({ length: per }, (_, at) => {
      const request = given.requestOf({ reference: `bench-${n}-${at}`, validUntil });
      return { ...item, id: given.idOf(request), nonce: BigInt((n - 1) * per + at + 1), request };
    });
    const content = { ...entry, log, seq: BigInt(n), previous: 'c'.repeat(64), items };
    const bytes = sealBytes(content, sign(sealSigningDigest(content)), EVIDENCE);
    const timeCreated = first - Math.round((span * (seals - n)) / seals);
    given.storage.put(buckets.register, sealObject(chainId, wallet.address, BigInt(n)), bytes, { timeCreated });
  }
  const asked = async (reference: string): Promise<void> => {
    clock.advance(60_000);
    const validUntil = new Date(clock.now() + HOUR).toISOString().replace(/\.\d+/, '');
    await given.approve(await given.ask({ reference, validUntil }));
  };
  await asked('bench-before');
  await given.turn(2n, { clock: cloudClock(clock.now()) });
  await asked('bench-new');
  const before = given.seals().length;
  given.reset();
  const since = process.cpuUsage();
  // Real time: the stage's clock would run to the turn's end while so many entries are read.
  await given.turn(3n, { clock: cloudClock(clock.now()) });
  const cpu = cpuSince(since);
  if (given.seals().length !== before + 1)
    throw new Error(`the turn sealed nothing: ${given.log.codes('warn').join()}`);
  return { get: given.counts.get, list: given.counts.list, cpu };
};

const [seals, per, days] = [numberOf('seals', 500), numberOf('per', 20), numberOf('days', 0)];
const without = await measure(1, 1, 0);
const behind = await measure(seals, per, days);
// A batch looks twice: before it is sealed, and before it is released.
const LOOKS = 2;
emit({
  get: [behind.get - without.get],
  lists: [(behind.list - without.list) / LOOKS + 1],
  cpu: [behind.cpu - without.cpu],
});
