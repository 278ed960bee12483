import type { Session } from '#cli/app/session.ts';
import { decimalText, inEther, spanText } from '#cli/app/units.ts';
import { type ListedReceipts, listReceipts } from '#cli/operate/list-receipts.ts';
import { overviewOf } from '#cli/operate/overview.ts';
import { deploymentJson, type Overview } from '#cli/operate/overview-json.ts';
import { checkedJson } from '#cli/operate/receipt-cells.ts';
import { totalLines, totalsJson, totalsOf } from '#cli/operate/receipt-totals.ts';
import { idleRooms, leftIn } from '#cli/policy/room.ts';
import { mostOf } from '#core/transaction/spend.ts';
import { chainOf, tokensOn } from '#schemas/config.ts';
import type { PolicyWindow } from '#schemas/policy.ts';
import { timeText } from '#schemas/spellings.ts';
import { tokenNamed } from '#schemas/tokens.ts';
import { PAGE_ROWS, type ReceiptsAnswer, type ReceiptsBody, type WalletsAnswer, type WindowRoom } from './api.ts';

/** Receipts that are read for one filter at most: totals are of these, and it is said where there are more. */
const MOST_RECEIPTS = 2000;
/** ms for which the pages of one filter come from one reading. */
const KEPT_MS = 30_000;

/** The receipts of the filter that was asked for last: whoever turns pages does not read all of it each time. */
export class ReceiptPages {
  #kept: { readonly key: string; readonly at: number; readonly listed: ListedReceipts } | undefined;

  /** Something was settled: what is kept may lack it. */
  forget(): void {
    this.#kept = undefined;
  }

  /** Throws USAGE, naming the filter. */
  async answer(session: Session, { page, size = PAGE_ROWS, ...filter }: ReceiptsBody): Promise<ReceiptsAnswer> {
    const wanted = Object.fromEntries(
      Object.entries(filter).filter(([, value]) => value !== undefined && value !== ''),
    );
    const key = JSON.stringify(wanted);
    const now = session.clock.now();
    const isKept = this.#kept?.key === key && now - this.#kept.at < KEPT_MS;
    const kept =
      isKept && this.#kept !== undefined
        ? this.#kept
        : { key, at: now, listed: await listReceipts(session, wanted, MOST_RECEIPTS) };
    this.#kept = kept;
    const { receipts, unreadable } = kept.listed;
    const totals = totalsOf(receipts);
    return {
      ok: true,
      at: timeText(kept.at),
      total: receipts.length,
      more: receipts.length === MOST_RECEIPTS,
      page,
      size,
      receipts: receipts.slice(page * size, (page + 1) * size).map(checkedJson),
      unreadable,
      totals: totalsJson(totals),
      totalLines: totalLines(totals),
    };
  }
}

type OnChain = Overview['wallets'][number];

const roomOf = (window: PolicyWindow, used: bigint, chain: ReturnType<typeof tokensOn>): WindowRoom => {
  const most = mostOf(window);
  const left = leftIn({ most, used, together: used });
  const token = tokenNamed({ chainId: window.chainId ?? '', token: window.token ?? '' }, chain);
  const isCoin = window.maxWei !== undefined;
  const told = (units: bigint): string => {
    if (isCoin) return inEther(units);
    return token === undefined ? `${units}` : `${decimalText(units, token.decimals)} ${token.symbol}`;
  };
  return {
    window: window.name,
    seconds: window.seconds,
    asset: isCoin ? 'ETH' : (window.token ?? ''),
    decimals: isCoin ? 18 : (token?.decimals ?? 0),
    most: most.toString(),
    used: used.toString(),
    left: left.toString(),
    text: `${told(left)} is left of ${told(most)} in any ${spanText(window.seconds * 1000)}`,
  };
};

/** A window in tokens is shown at the chain of its token, and one in ether at each. */
const windowsOf = async (session: Session, { wallet, chainId }: OnChain) => {
  const { deployment, ports, clock } = session;
  const found = await idleRooms(() => ports.storage(), deployment, { wallet, chainId }, clock.now());
  if (found.kind === 'unknown') return { unseen: found.code ?? found.why };
  const chain = tokensOn(deployment.config.law, chainId);
  return wallet.policy.windows
    .filter((window) => window.chainId === undefined || window.chainId === chainId)
    .map((window) => roomOf(window, found.rooms.get(window.name)?.used ?? 0n, chain));
};

/** What `status` tells of the deployment, and what room is left in the windows of each wallet. */
export const walletsAnswer = async (session: Session): Promise<WalletsAnswer> => {
  const { deployment, ports, clock } = session;
  const at = clock.now();
  const overview = await overviewOf(deployment, ports, at);
  const windows = await Promise.all(overview.wallets.map((each) => windowsOf(session, each)));
  const json = deploymentJson(deployment, overview);
  return {
    ...json,
    at: timeText(at),
    wallets: json.wallets.map((wallet, i) => ({
      ...wallet,
      chain: chainOf(deployment.config.law, wallet.chainId)?.name ?? wallet.chainId,
      windows: windows[i] ?? [],
    })),
  };
};
