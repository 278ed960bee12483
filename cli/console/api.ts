import type { z } from 'zod';
import type * as part from '#cli/json/parts.ts';
import type { REQUESTS } from '#cli/json/requests.ts';
import type { ReceiptFact } from '#schemas/receipt.ts';
import type { TransactionRequest } from '#schemas/request.ts';

/**
 * What the console's process and its page say to each other. All of it is in one file, the only one of the process that the page may import.
 * Nothing here runs: the page is bundled with it. Every call is a POST of one JSON
 * object to /api/<name>. It is answered by one object, `ok` first. The stream of events alone is answered by one object a line. Times are texts
 * in UTC, money is a decimal string. Texts of requests are escaped as on a terminal. The page shows them as text, never as HTML.
 */
export const API_PATH = '/api/';

/** The header of each call but `session`. Its value stands in the page's memory and nowhere else. */
export const SECRET_HEADER = 'x-keyturn-console';

/** Rows of one page of the queue or of the receipts at most. */
export const PAGE_ROWS = 60;

/** Bytes of a body at most. */
export const MAX_BODY = 16_384;

/** What every command prints where it refuses or fails. The HTTP status is not 200 then. */
export interface Failure {
  readonly ok: false;
  /** Of schemas/codes.ts, or INTERNAL. */
  readonly code: string;
  readonly field: string;
  readonly message: string;
  readonly advice: string;
}

export interface SessionBody {
  /** From the fragment of the url, which the page removes at once. It works once, and for five minutes. */
  readonly code: string;
}

/** `terminal`: the process asks for the share where it was started, each time that somebody approves. */
export type SharePlace = 'file' | 'terminal' | 'none';

export interface SessionAnswer {
  readonly ok: true;
  readonly secret: string;
  /** Of the deployment. */
  readonly name: string;
  readonly lab: boolean;
  readonly lawHash: string;
  /** As --as says; null: nobody was named. */
  readonly me: string | null;
  /** Whether `me` is a co-signer of the law, and so may answer. */
  readonly isCoSigner: boolean;
  readonly share: SharePlace;
  /** Of the law, for filters. */
  readonly wallets: readonly string[];
  readonly now: string;
}

/** Whoever is told a thing changes nothing of it. */
type Told<T> = T extends object ? { readonly [Key in keyof T]: Told<T[Key]> } : T;

export type Vote = Told<z.infer<typeof part.vote>>;
export type Outcome = Told<z.infer<typeof part.outcome>>;
export type Backing = Told<z.infer<typeof part.backing>>;

/** What it waits for, or how it ended; null where that is not known. `code`: of schemas/codes.ts. */
export interface Waits {
  readonly code: string;
  readonly sentence: string;
}

export interface QueueBody {
  /** Of one wallet; absent: of all. */
  readonly wallet?: string | undefined;
  /** From 0. */
  readonly page: number;
  /** At most PAGE_ROWS, which is the default. */
  readonly size?: number | undefined;
}

export interface QueueRow {
  readonly id: string;
  /** The shortest beginning, of 8 digits at least, that tells all open ones apart. */
  readonly short: string;
  readonly wallet: string;
  readonly chain: string;
  /** In one line, with whole addresses. */
  readonly asks: string;
  readonly reference: string;
  readonly requester: string;
  readonly stage: string;
  /** Of one that is told to be over, and is not proved to be. */
  readonly outcome: Outcome | null;
  readonly backing: Backing | null;
  /** Who has answered, and who has not. */
  readonly votes: readonly Vote[];
  readonly approvals: number;
  readonly needed: number;
  /** Whether its requester signed it. */
  readonly signed: boolean;
  readonly acceptedAt: string;
  /** Seconds since it was accepted. */
  readonly age: number;
  readonly validUntil: string;
  /** Seconds until then; 0: expired. */
  readonly left: number;
  /** What `me` answered; null where nobody is named, or holds no share of its wallet. */
  readonly mine: Vote['answer'] | null;
  readonly waits: Waits | null;
}

export interface QueueAnswer {
  readonly ok: true;
  /** When this was seen. */
  readonly at: string;
  /** Of all pages: requests, of the wallet that was named. */
  readonly total: number;
  readonly page: number;
  readonly size: number;
  /** The signed ones first, and of each kind the most urgent first. */
  readonly rows: readonly QueueRow[];
  /** Stored, and not what its id says. */
  readonly broken: readonly { readonly id: string; readonly code: string; readonly message: string }[];
}

export interface RequestBody {
  /** All 64 digits. */
  readonly id: string;
}

/** What `show --json` gives. */
export type Shown = Told<Omit<z.infer<typeof REQUESTS.show>, 'request'>> & { readonly request: TransactionRequest };

/** One line of the reading: the one renderer's, in the order in which people should read. */
export type ReadingLine = Shown['lines'][number];

export interface ShownWarning {
  /** What the image would refuse, or by which money is lost or given away. */
  readonly critical: boolean;
  readonly text: string;
  /** What belongs to it, a line each. */
  readonly detail: readonly string[];
}

/** What would move, as the nodes predict it. Advice, never a condition. */
export interface Simulation {
  /** `none`: nothing was simulated, and the lines say why. */
  readonly kind: 'predicted' | 'fails' | 'none';
  readonly lines: readonly { readonly text: string; readonly tone: ReadingLine['tone'] }[];
}

export interface Step {
  readonly at: string;
  readonly what: string;
  /** Who, or why. */
  readonly detail: string;
}

/** What speaks against an answer; null: nothing. */
export type Against = { readonly code: string; readonly message: string } | null;

/** A co-signer as whom whoever runs the console may answer. */
export interface Actor {
  readonly coSigner: string;
  readonly approve: Against;
  readonly reject: Against;
}

export interface RequestAnswer {
  readonly ok: true;
  readonly at: string;
  /** Stands for exactly what is shown here: an answer sends it back. What others answer does not change it. */
  readonly rendering: string;
  readonly shown: Shown;
  /** The critical ones first. */
  readonly warnings: readonly ShownWarning[];
  /** Approving asks for a held button. */
  readonly critical: boolean;
  readonly simulation?: Simulation | undefined;
  readonly timeline: readonly Step[];
  readonly waits: Waits | null;
  /** Empty where nobody who may answer runs the console. */
  readonly actors: readonly Actor[];
}

export interface AnswerBody {
  /** All 64 digits, of a request that was shown to this session. */
  readonly id: string;
  readonly rendering: string;
  /** One of `actors`. */
  readonly coSigner: string;
}

export interface ApproveBody extends AnswerBody {
  /** Whether the lines of kind "who" were in view. */
  readonly recipientSeen: boolean;
  /** Whether the button was held. Must be true where `critical` is. */
  readonly held: boolean;
}

export interface RejectBody extends AnswerBody {
  /** For the others; "" is none. At most 1024 bytes, no control characters. */
  readonly reason: string;
}

/** As `approve --json`. */
export interface ApproveAnswer {
  readonly ok: true;
  readonly id: string;
  readonly coSigner: string;
  readonly object: string;
  readonly at: string;
  /** False: it was approved before, and nothing was uploaded now. */
  readonly created: boolean;
  readonly approvals: number;
  readonly needed: number;
  /** What follows, in a sentence. */
  readonly sentence: string;
}

/** As `reject --json`. */
export interface RejectAnswer {
  readonly ok: true;
  readonly id: string;
  readonly coSigner: string;
  readonly at: string;
  readonly created: boolean;
  /** Whether the request is closed by it. */
  readonly closes: boolean;
  readonly sentence: string;
}

/** As the options of `receipts`: days are YYYY-MM-DD in UTC, a month YYYY-MM. Absent: any, and of days the last 30. */
export interface ReceiptsBody {
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  readonly day?: string | undefined;
  readonly month?: string | undefined;
  readonly wallet?: string | undefined;
  readonly reference?: string | undefined;
  readonly requester?: string | undefined;
  /** ETH, a symbol of the law, or a contract. */
  readonly asset?: string | undefined;
  /** From 0. */
  readonly page: number;
  readonly size?: number | undefined;
}

export type Receipt = ReceiptFact & {
  /** Page of the transaction, of the reader's own law, or "". */
  readonly explorer: string;
  readonly names: Told<z.infer<typeof part.names>>;
  readonly backing: Backing;
};

export interface AssetTotal {
  readonly chainId: string;
  readonly standard: string;
  readonly address: string;
  readonly symbol: string;
  readonly decimals: string;
  /** Base units, decimal. */
  readonly left: string;
  readonly came: string;
}

export interface ReceiptsAnswer {
  readonly ok: true;
  readonly at: string;
  /** Of all pages. */
  readonly total: number;
  /** Whether there are more than were read: the totals lack those. */
  readonly more: boolean;
  readonly page: number;
  readonly size: number;
  /** The newest first. */
  readonly receipts: readonly Receipt[];
  readonly unreadable: readonly string[];
  /** Of all pages. */
  readonly totals: {
    readonly assets: readonly AssetTotal[];
    readonly fees: readonly { readonly chainId: string; readonly wei: string }[];
    readonly unverified: number;
    readonly unlisted: number;
  };
  /** The totals in words, a line each. */
  readonly totalLines: readonly string[];
}

type DeploymentStatus = Told<Extract<z.infer<typeof REQUESTS.status>, { readonly lawHash: string }>>;
export type Turn = Told<z.infer<typeof part.turn>>;
/** What this identity may not see, or what did not answer, with a code. */
export interface Unseen {
  readonly unseen: string;
}

export interface WindowRoom {
  readonly window: string;
  readonly seconds: number;
  /** "ETH" or a symbol of the law. */
  readonly asset: string;
  readonly decimals: number;
  /** Wei or base units, decimal. */
  readonly most: string;
  readonly used: string;
  readonly left: string;
  /** What is left, in words. */
  readonly text: string;
}

export type WalletStatus = DeploymentStatus['wallets'][number] & {
  readonly chain: string;
  readonly windows: readonly WindowRoom[] | Unseen;
};

/** What `status --json` gives of the deployment, and the room in the windows of each wallet. */
export type WalletsAnswer = Omit<DeploymentStatus, 'wallets'> & {
  readonly at: string;
  readonly wallets: readonly WalletStatus[];
};

export type WalletsBody = Readonly<Record<string, never>>;
export type EventsBody = Readonly<Record<string, never>>;

/** A line of `events`. The page asks again for what it shows of what changed. */
export type ConsoleEvent =
  /** The first line. `via`: how changes are learned. */
  | { readonly kind: 'hello'; readonly at: string; readonly via: 'events' | 'polling' }
  /** `broken`: stored, and not what its id says. `over`: ended; `outcome` null where that cannot be seen. */
  | {
      readonly kind: 'request';
      readonly at: string;
      readonly id: string;
      readonly change: 'new' | 'changed' | 'over' | 'broken';
      readonly outcome: string | null;
    }
  /** What is shown may be old until `back`. */
  | { readonly kind: 'cloud'; readonly at: string; readonly state: 'down' | 'back'; readonly code: string }
  /** The process waits for a share at its terminal, or no longer does. */
  | { readonly kind: 'share'; readonly at: string; readonly asked: boolean }
  /** Every 15 seconds: the process lives. */
  | { readonly kind: 'beat'; readonly at: string }
  /** The process ends: nothing comes after it. */
  | { readonly kind: 'bye'; readonly at: string };

/** Each call: what is sent, and what is answered where it is not refused. */
export interface Calls {
  readonly session: { readonly body: SessionBody; readonly answer: SessionAnswer };
  readonly queue: { readonly body: QueueBody; readonly answer: QueueAnswer };
  readonly request: { readonly body: RequestBody; readonly answer: RequestAnswer };
  readonly approve: { readonly body: ApproveBody; readonly answer: ApproveAnswer };
  readonly reject: { readonly body: RejectBody; readonly answer: RejectAnswer };
  readonly receipts: { readonly body: ReceiptsBody; readonly answer: ReceiptsAnswer };
  readonly wallets: { readonly body: WalletsBody; readonly answer: WalletsAnswer };
}

export type CallName = keyof Calls;
export const EVENTS = 'events';
