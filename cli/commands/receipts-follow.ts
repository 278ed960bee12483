import { goOn } from '#cli/app/interrupt.ts';
import { jsonText, type Line, warn } from '#cli/app/output.ts';
import type { Session } from '#cli/app/session.ts';
import { checkerOf } from '#cli/operate/backing.ts';
import { BYTE_ORDER_MARK } from '#cli/operate/csv-cell.ts';
import { deviationLines } from '#cli/operate/deviations.ts';
import { checkedJson, receiptCells } from '#cli/operate/receipt-cells.ts';
import { csvHeader, csvRow } from '#cli/operate/receipt-csv.ts';
import { fits, type ReceiptFilter } from '#cli/operate/receipt-filter.ts';
import { checkedBy, monthsBack, readReceipt } from '#cli/operate/receipts.ts';
import { listAll } from '#core/facts/store.ts';
import type { Message } from '#core/ports.ts';
import { isKeyturnError, KeyturnError } from '#schemas/codes.ts';
import type { EventKey } from '#schemas/event-keys.ts';
import { type Signed, signedBy } from '#schemas/event-signature.ts';
import { parseFact, type ReceiptFact } from '#schemas/facts.ts';

export interface FollowOptions extends ReceiptFilter {
  readonly csv?: boolean;
  readonly bom?: boolean;
  readonly subscription?: string;
}

/** ms between two looks at the bucket: one LIST for each of two months. */
const LOOK_MS = 10_000;
/** ms: a final block may be of a day that has ended. */
const BEFORE_MS = 31 * 86_400_000;

/** What a message says beside its receipt, each as it was written: a library would cut the time. */
interface HeardEvent {
  /** `ce-time` */
  readonly time: string;
  /** Name of the replay that sent it once more; "" where it is none. */
  readonly replayed: string;
  /** Who said it, by the event keys of the reader's own law. */
  readonly signed: Signed;
}

/** What a reader must know of who said it. Under a law without event keys nobody signs. */
const doubtOf = (signed: Signed, keys: readonly EventKey[] | undefined): string | undefined => {
  switch (signed) {
    case 'invalid':
      return 'its signature is not by the key that it names: not what finalize or reconcile said';
    case 'unknown-key':
      return 'it is signed by a key that your law does not name';
    case 'absent':
      return keys === undefined
        ? undefined
        : 'it is not signed: under your law finalize and reconcile sign every receipt';
    case 'valid':
      return undefined;
    default:
      return signed satisfies never;
  }
};

/** `event`: null where the receipt was read in the bucket. */
type Print = (receipt: ReceiptFact, event: HeardEvent | null) => Promise<void>;

const printer = (session: Session, options: FollowOptions): Print => {
  const { out } = session;
  const { eventKeys } = session.deployment.config.law;
  return async (receipt, event) => {
    if (!fits(receipt, options)) return;
    const doubt = event === null ? undefined : doubtOf(event.signed, eventKeys);
    if (doubt !== undefined) out.aside([warn(`! ${receipt.id.slice(0, 8)} ${doubt}`)]);
    // A checker of its own for each: what is final moves on.
    const checked = await checkedBy(session.deployment.config.law, checkerOf(session), receipt);
    if (options.csv === true) return out.raw(csvRow(checked));
    if (out.json) return out.raw(`${jsonText({ ...checkedJson(checked), event })}\n`);
    const again = event === null || event.replayed === '' ? [] : [warn(`replayed (${event.replayed})`)];
    out.line([...receiptCells(checked).flatMap((one): readonly Line[] => [one, '  ']), ...again].flat());
    out.lines(deviationLines(receipt));
    return out.raw('');
  };
};

/** Looks at the bucket again and again, and so takes no event from anybody. Only what was not there at the start is printed. */
const peek = async (session: Session, print: Print): Promise<never> => {
  const { clock, deployment, signal, out } = session;
  const storage = await session.ports.storage();
  const { results } = deployment.buckets;
  const known = new Set<string>();
  const look = async (tell: (name: string) => Promise<void>): Promise<void> => {
    const now = clock.now();
    for (const month of monthsBack(now - BEFORE_MS, now).toReversed())
      for (const { name } of await listAll(storage, results, `receipts/${month}/`)) {
        goOn(signal);
        if (known.has(name)) continue;
        await tell(name);
        known.add(name);
      }
  };
  await look(async () => {});
  for (;;) {
    await clock.sleep(LOOK_MS, signal);
    goOn(signal);
    await look(async (name) => {
      const read = await readReceipt({ storage, results }, name);
      if (read.kind === 'read') await print(read.receipt, null);
      if (read.kind === 'unreadable') out.aside([warn(`! ${name}: no receipt, and not shown`)]);
    });
  }
};

const receiptOf = (data: Uint8Array): ReceiptFact => {
  try {
    return parseFact('receipt', data);
  } catch (error) {
    if (!isKeyturnError(error)) throw error;
    throw new KeyturnError('MALFORMED', `a message that is no receipt was left unacknowledged: ${error.message}`, {
      cause: error,
    });
  }
};

/** Prints before it acknowledges: what was not written down is delivered again. */
const drain = async ({ deployment, ports, signal }: Session, subscription: string, print: Print): Promise<void> => {
  const printed = new Set<string>();
  const subscriber = await ports.subscriber();
  const show = async (message: Message): Promise<void> => {
    const receipt = receiptOf(message.data);
    const { 'ce-time': time = '', replayed = '' } = message.attributes;
    const signed = signedBy(deployment.config.law.eventKeys ?? [], message);
    // A stranger's event of that name must not keep the true one from being seen.
    const seen = `${receipt.eventId} ${signed}`;
    if (printed.has(seen)) return;
    await print(receipt, { time, replayed, signed });
    printed.add(seen);
  };
  await subscriber.follow(subscription, show, signal).catch((cause: unknown) => {
    if (!isKeyturnError(cause, 'PERMISSION_DENIED') && !isKeyturnError(cause, 'NOT_FOUND')) throw cause;
    // Pub/Sub does not tell the two apart to a caller without rights.
    const message = `--subscription: ${subscription} is not there, or you may not read it`;
    throw new KeyturnError(cause.code, message, { field: 'subscription', cause });
  });
  goOn(signal);
};

/** Prints each receipt as it comes, until it is interrupted. Only a subscription that is named is read, and its events acknowledged. */
export const follow = async (session: Session, options: FollowOptions): Promise<void> => {
  const { out, deployment } = session;
  const { csv = false, subscription } = options;
  if (csv) await out.raw(`${options.bom === true ? BYTE_ORDER_MARK : ''}${csvHeader()}`);
  else if (!out.json) out.line(`Following ${subscription ?? `bucket ${deployment.buckets.results}`}; Ctrl-C ends it.`);
  session.leave(
    subscription === undefined ? 'no event was taken from anybody' : 'every receipt that was printed is acknowledged',
    'stream',
  );
  const print = printer(session, options);
  await (subscription === undefined ? peek(session, print) : drain(session, subscription, print));
};
