import type { Deployment } from '#cli/app/deployment.ts';
import { SILENT_LOG, type Storage } from '#core/ports.ts';
import type { EntryCache } from '#core/register/entry-cache.ts';
import { readRegister } from '#core/register/read.ts';
import { longestWindow, plannedOutlay, type Room, roomIn, sealedOutlays } from '#core/register/windows.ts';
import { type Code, isKeyturnError } from '#schemas/codes.ts';
import { tokensOn, type Wallet } from '#schemas/config.ts';
import type { TransactionRequest } from '#schemas/request.ts';

/** What stands in a wallet's windows. `why`: in words, where that cannot be known here. */
export type WindowRooms =
  | {
      readonly kind: 'known';
      /** ms, of Cloud Storage. */
      readonly at: number;
      /** Whether the request itself is sealed already, and so is part of what is used. */
      readonly sealed: boolean;
      /** By the window's name. */
      readonly rooms: ReadonlyMap<string, Room>;
    }
  | { readonly kind: 'unknown'; readonly why: string; readonly code?: Code };

export interface Asked {
  readonly id: string;
  readonly request: TransactionRequest;
  readonly wallet: Wallet;
  /** Entries that were read before. */
  readonly cache?: EntryCache | undefined;
}

const viewFor = (
  storage: Storage,
  registerBucket: string,
  { wallet, chainId, cache = new Map() }: Pick<Asked, 'wallet' | 'cache'> & { readonly chainId: string },
  now: number,
) =>
  readRegister(
    storage,
    { registerBucket, chainId, address: wallet.address },
    { since: now - longestWindow(wallet.policy), cache },
    SILENT_LOG,
  );

const unknown = (error: unknown): WindowRooms => {
  if (!isKeyturnError(error)) throw error;
  const why = error.code === 'PERMISSION_DENIED' ? 'you may not read the register' : `${error.code}: ${error.message}`;
  return { kind: 'unknown', why, code: error.code };
};

/**
 * Read from the register as the workload reads it, and only read. Who may not read the register, or cannot reach it, is told so: room that
 * is not known is never shown as room. `now`: ms.
 */
export const windowRooms = async (
  storage: () => Promise<Storage>,
  { buckets, config: { law } }: Pick<Deployment, 'buckets' | 'config'>,
  { id, request, wallet, cache }: Asked,
  now: number,
): Promise<WindowRooms> => {
  const { windows } = wallet.policy;
  if (windows.length === 0) return { kind: 'known', at: now, sealed: false, rooms: new Map() };
  const { chainId } = request;
  try {
    const view = await viewFor(await storage(), buckets.register, { wallet, chainId, cache }, now);
    const chain = tokensOn(law, chainId);
    const own = plannedOutlay(id, request, view.at, chain);
    const others = sealedOutlays(view, chain);
    const sealed = view.entries.some(({ entry }) => entry.kind === 'seal' && entry.items.some((one) => one.id === id));
    const rooms = windows.map((window): [string, Room] => {
      const room = roomIn(window, own, others, chain);
      return [window.name, sealed ? { ...room, together: room.used } : room];
    });
    return { kind: 'known', at: view.at, sealed, rooms: new Map(rooms) };
  } catch (error) {
    return unknown(error);
  }
};

/** The same of a wallet on a chain, where nothing is asked of it: what `together` says is what is used. */
export const idleRooms = async (
  storage: () => Promise<Storage>,
  { buckets, config: { law } }: Pick<Deployment, 'buckets' | 'config'>,
  { wallet, chainId }: { readonly wallet: Wallet; readonly chainId: string },
  now: number,
): Promise<WindowRooms> => {
  const { windows } = wallet.policy;
  if (windows.length === 0) return { kind: 'known', at: now, sealed: false, rooms: new Map() };
  try {
    const view = await viewFor(await storage(), buckets.register, { wallet, chainId }, now);
    const chain = tokensOn(law, chainId);
    const nothing = { key: '', at: view.at, wei: 0n, units: new Map<string, bigint>() };
    const others = sealedOutlays(view, chain);
    const rooms = windows.map((window): [string, Room] => [window.name, roomIn(window, nothing, others, chain)]);
    return { kind: 'known', at: view.at, sealed: false, rooms: new Map(rooms) };
  } catch (error) {
    return unknown(error);
  }
};

/** What is left of a window, 0 where it is full. */
export const leftIn = ({ most, used }: Room): bigint => (most > used ? most - used : 0n);
