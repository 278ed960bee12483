import type { Cloud } from './cloud.ts';
import { MINUTE, START } from './law.ts';
import { needed, referenceOf, type SealedItem } from './record-types.ts';

/** ms that a create may come after the judgement; later the machine must not release what it sealed. */
const CREATED_WITHIN = 120_000;

/** ms after validUntil within which, without other trouble, another machine surely completes a seal. */
const RELEASED_WITHIN = 35 * MINUTE;

const inLane = ({ observer }: Cloud, { address, chainId }: SealedItem): readonly SealedItem[] =>
  [...observer.rungs.values()].filter((other) => other.address === address && other.chainId === chainId);

/** In conflict with another entry of the register, or there too late: docs/register.md keeps such a seal shut. */
const isShut = (cloud: Cloud, sealed: SealedItem): boolean => {
  const { observer } = cloud;
  const { item, objects } = sealed;
  if (observer.harmed.has(item.id) || observer.harmed.has(item.request.wallet ?? '')) return true;
  const validUntil = Date.parse(item.request.validUntil ?? '');
  if (objects.every(({ created }) => created > validUntil + CREATED_WITHIN)) return true;
  if (observer.entries.some(({ entry }) => entry.kind === 'close' && entry.ids.includes(item.id))) return true;
  return inLane(cloud, sealed).some((other) => {
    if (observer.rootOf(other.item) === observer.rootOf(item)) return other.item.nonce !== item.nonce;
    return other.item.nonce === item.nonce || referenceOf(other.item) === referenceOf(item);
  });
};

/** Nothing at this nonce can be released any more, so nothing above it can be mined. */
const isBlockedBelow = (cloud: Cloud, sealed: SealedItem): boolean => {
  const lane = inLane(cloud, sealed);
  const lower = new Set(
    lane.map(({ item }) => item.nonce).filter((nonce) => BigInt(nonce) < BigInt(sealed.item.nonce)),
  );
  return [...lower].some((nonce) => lane.filter(({ item }) => item.nonce === nonce).every((one) => isShut(cloud, one)));
};

/** Its own bytes never come out, or it was sealed together with, and above, one of which that is so. */
const isAboveStuck = ({ observer }: Cloud, id: string): boolean => {
  if (observer.stuck === undefined) return false;
  const below = observer.sealsOf(observer.stuck);
  return observer
    .sealsOf(id)
    .some(({ item, address, chainId }) =>
      below.some(
        (one) => one.address === address && one.chainId === chainId && BigInt(one.item.nonce) <= BigInt(item.nonce),
      ),
    );
};

/** With a delay, a veto or a place that nobody can list keeps sealed bytes in, and so what is sealed above them. */
const isAboveOpposed = (cloud: Cloud, id: string): boolean => {
  const { observer, troubles } = cloud;
  if (observer.delay === 0) return false;
  const isOpposed = ({ item }: SealedItem): boolean =>
    item.rungs.every((hash) => !observer.released.has(hash)) &&
    (troubles.keys.some(({ closed }) => closed) ||
      ['alice', 'bob', 'carol'].some(
        (name) => observer.everAt('lab-keys', `${name}/rejections/${item.id}`).length > 0,
      ));
  return observer
    .sealsOf(id)
    .some((own) =>
      inLane(cloud, own).some((one) => BigInt(one.item.nonce) <= BigInt(own.item.nonce) && isOpposed(one)),
    );
};

/**
 * Its machine died between the seal and the storing of its bytes. Then so many shares were out of reach that no other machine could sign it
 * again. The pause between two machines doubles with a request's age: one comes at twice the age at which the trouble ended. Past the hour in
 * which a seal may be released that is too late. It, and what is sealed above it, then need a replacement.
 */
const isAboveUnsignable = (cloud: Cloud, id: string): boolean => {
  const { observer, troubles } = cloud;
  const isUnsignable = ({ item }: SealedItem): boolean => {
    if (troubles.keys.length === 0 || item.rungs.some((hash) => observer.released.has(hash))) return false;
    const latest = (Date.parse(item.request.validUntil ?? '') - START + RELEASED_WITHIN) / 2;
    const lost = new Set(troubles.keys.filter(({ to }) => to > latest).map(({ coSigner }) => coSigner));
    const good = [...observer.goodShares.values()].filter((share) => share.id === item.id && !lost.has(share.coSigner));
    return new Set(good.map(({ coSigner }) => coSigner)).size < needed(item);
  };
  return observer
    .sealsOf(id)
    .some((own) =>
      inLane(cloud, own).some((one) => BigInt(one.item.nonce) <= BigInt(own.item.nonce) && isUnsignable(one)),
    );
};

/**
 * What a hostile operator can take away. First, the facts and the mark of a request (deleted, forged or edited), and the turns of a wallet.
 * Second, the opening of two seals that conflict with each other, or of one that came too late (docs/register.md). The operator archives an
 * entry, or closes what is being sealed. They stay shut, and only a replacement at that nonce, or another register, helps. What is sealed
 * above them waits for that. Everything else must reach its outcome all the same.
 */
export const isStuck = (cloud: Cloud, id: string): boolean => {
  const { observer } = cloud;
  if (isAboveStuck(cloud, id) || isAboveOpposed(cloud, id) || isAboveUnsignable(cloud, id)) return true;
  if (!observer.hostile) return false;
  if (observer.harmed.has(id)) return true;
  return observer.sealsOf(id).some((own) => isShut(cloud, own) || isBlockedBelow(cloud, own));
};
