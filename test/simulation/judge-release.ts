import { WINDOW_WEI, WINDOWED } from './law.ts';
import type { Observer } from './observer.ts';
import { referenceOf, type SealedItem } from './record-types.ts';
import { TOKEN_WINDOW, unitsOf } from './tokens.ts';

/** wei */
const costOf = ({ item: { request } }: SealedItem): bigint =>
  BigInt(request.value ?? '0') + BigInt(request.gasLimit ?? '0') * BigInt(request.maxFeePerGas ?? '0');

const createdAt = ({ objects }: SealedItem): number => objects[0]?.created ?? 0;

const paidOf = ({ item: { request } }: SealedItem): bigint => unitsOf(request);

interface Cap {
  readonly what: string;
  readonly most: bigint;
  readonly of: (one: SealedItem) => bigint;
}

const CAPS: readonly Cap[] = [
  { what: 'wei', most: WINDOW_WEI, of: costOf },
  { what: 'units', most: TOKEN_WINDOW, of: paidOf },
];

/**
 * For each window that ends with a seal, all that was sealed in it and is released fits, in ether and in tokens. Of what shares a nonce, the
 * dearest of each is paid.
 */
const fitsWindows = (observer: Observer, lane: readonly SealedItem[]): void => {
  for (const end of lane.map(createdAt))
    for (const { what, most, of } of CAPS) {
      const dearest = new Map<string, bigint>();
      for (const one of lane) {
        const { nonce } = one.item;
        if (createdAt(one) <= end - observer.window || createdAt(one) > end) continue;
        if (of(one) > (dearest.get(nonce) ?? 0n)) dearest.set(nonce, of(one));
      }
      const sum = [...dearest.values()].reduce((all, cost) => all + cost, 0n);
      if (sum > most) observer.fail('2 window', `${sum} ${what} are released in one window of ${most}`);
    }
};

/** A rejection that lay there before the seal was created keeps the bytes in, whatever the machine could list. */
const isVetoed = (observer: Observer, { item, objects }: SealedItem): boolean => {
  const [seal] = objects;
  return ['alice', 'bob', 'carol'].some((coSigner) =>
    observer
      .everAt('lab-keys', `${coSigner}/rejections/${item.id}`)
      .some(({ step }) => seal !== undefined && step < seal.step),
  );
};

/** Invariants 1 and 2, of bytes that are new to the world, at the moment when they leave the machine. */
export const judgeRelease = (observer: Observer, sealed: SealedItem): void => {
  const { item, address, chainId } = sealed;
  const closed = observer.closedFor.get(item.id);
  if (closed !== undefined) observer.fail('2 closed', `bytes of ${item.id} are released; its outcome was ${closed}`);
  if (observer.delay > 0 && isVetoed(observer, sealed))
    observer.fail('2 veto', `bytes of ${item.id} are released over a veto`);
  const lane = [...observer.released.values()].filter((one) => one.address === address && one.chainId === chainId);
  for (const other of lane) {
    const same = other.item.nonce === item.nonce;
    const kin = observer.rootOf(other.item) === observer.rootOf(item);
    if (other.item.id === item.id && !same) observer.fail('1 id', `${item.id} is released at two nonces`);
    if (kin && !same)
      observer.fail('1 id', `${item.id} and ${other.item.id}, which are one, are released at two nonces`);
    if (!kin && referenceOf(item) === referenceOf(other.item))
      observer.fail('1 reference', `${item.id} and ${other.item.id} of one reference are released`);
    if (!kin && same && item.request.replaces === '' && other.item.request.replaces === '')
      observer.fail('1 nonce', `${item.id} and ${other.item.id} are released at nonce ${item.nonce}`);
  }
  if (observer.window > 0 && item.request.wallet === WINDOWED) fitsWindows(observer, [...lane, sealed]);
};
