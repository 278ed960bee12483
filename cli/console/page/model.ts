import type {
  ApproveAnswer,
  ApproveBody,
  CallName,
  Calls,
  ConsoleEvent,
  Failure,
  QueueAnswer,
  ReceiptsAnswer,
  ReceiptsBody,
  RejectAnswer,
  RejectBody,
  RequestAnswer,
  SessionAnswer,
  WalletsAnswer,
} from '#cli/console/api.ts';
import type { Route } from './routes.ts';

/** What was asked for, and what came last. A later failure leaves what is shown, and says so beside it. */
export interface Loaded<T> {
  readonly loading: boolean;
  readonly value?: T;
  readonly failure?: Failure;
}

/** `none`: the link had no code, or a used one. `ended`: the process said goodbye. */
export type SessionState =
  | { readonly kind: 'opening' }
  | { readonly kind: 'none'; readonly message: string }
  | { readonly kind: 'open'; readonly about: SessionAnswer }
  | { readonly kind: 'ended' };

/** The way to the process. `at`: ms, when it broke. */
export type Link =
  | { readonly kind: 'joining' }
  | { readonly kind: 'live' }
  | { readonly kind: 'lost'; readonly at: number };

/** The way from the process to the cloud. */
export type Cloud = { readonly kind: 'up' } | { readonly kind: 'down'; readonly at: string; readonly code: string };

export type Deed = 'approve' | 'reject';

export type Answering =
  | { readonly kind: 'idle' }
  /** The form that asks for a reason is open. */
  | { readonly kind: 'rejecting' }
  | { readonly kind: 'sending'; readonly deed: Deed; readonly coSigner: string }
  | { readonly kind: 'done'; readonly deed: Deed; readonly answer: ApproveAnswer | RejectAnswer }
  | { readonly kind: 'refused'; readonly deed: Deed; readonly failure: Failure };

/** What a reader has done with one rendering of one request. Another rendering begins anew. */
export interface Reading {
  readonly id: string;
  readonly rendering: string;
  readonly recipientSeen: boolean;
  /** Whether what is shown became another while it was read. */
  readonly changed: boolean;
  /** As whom to answer; undefined: the first who may. */
  readonly actor: string | undefined;
  readonly reason: string;
  readonly answering: Answering;
}

export type Filter = Omit<ReceiptsBody, 'page' | 'size'>;

export interface Model {
  readonly route: Route;
  readonly session: SessionState;
  readonly link: Link;
  readonly cloud: Cloud;
  /** The process asks for a share where it was started. */
  readonly shareAsked: boolean;
  /** ms, by the clock of the process. */
  readonly now: number;
  /** ms that the clock of the process is ahead of the browser's. */
  readonly skew: number;
  readonly queue: Loaded<QueueAnswer>;
  readonly request: Loaded<RequestAnswer>;
  readonly receipts: Loaded<ReceiptsAnswer>;
  readonly wallets: Loaded<WalletsAnswer>;
  readonly filter: Filter;
  readonly reading: Reading | undefined;
  /** Ids that came since the queue was read last by the reader, and are told once. */
  readonly fresh: readonly string[];
  /** For a screen reader, said once. */
  readonly said: string;
}

export type Loads = Extract<CallName, 'queue' | 'request' | 'receipts' | 'wallets'>;

export type Answered<Name extends CallName> = Calls[Name]['answer'] | Failure;

/** An answer with the question that it belongs to: another may be shown by now. */
export type LoadResult = {
  [Name in Loads]: { readonly what: Name; readonly body: Calls[Name]['body']; readonly answer: Answered<Name> };
}[Loads];

export type Message =
  /** `at`: ms, by the browser's clock. */
  | { readonly kind: 'session'; readonly answer: Answered<'session'>; readonly at: number }
  | { readonly kind: 'route'; readonly route: Route }
  | { readonly kind: 'loaded'; readonly result: LoadResult }
  | { readonly kind: 'event'; readonly event: ConsoleEvent }
  | { readonly kind: 'lost'; readonly at: number }
  | { readonly kind: 'tick'; readonly at: number }
  | { readonly kind: 'filter'; readonly filter: Filter }
  | { readonly kind: 'seen'; readonly rendering: string }
  | { readonly kind: 'actor'; readonly coSigner: string }
  | { readonly kind: 'begin-reject' }
  | { readonly kind: 'leave-reject' }
  | { readonly kind: 'reason'; readonly text: string }
  | { readonly kind: 'approve'; readonly held: boolean }
  | { readonly kind: 'reject' }
  | { readonly kind: 'answered'; readonly deed: Deed; readonly id: string; readonly answer: Answered<Deed> }
  | { readonly kind: 'retry' };

/** What the shell must do. Loading the same thing twice at once is one load and one more after it. */
export type Effect =
  | { readonly kind: 'load'; readonly ask: LoadAsk }
  | { readonly kind: 'approve'; readonly body: ApproveBody }
  | { readonly kind: 'reject'; readonly body: RejectBody }
  | { readonly kind: 'listen' }
  /** To the heading of what is shown, to the outcome of an answer, or to the reason of a rejection. */
  | { readonly kind: 'focus'; readonly on: 'heading' | 'outcome' | 'reason' | 'answer' }
  | { readonly kind: 'forget' };

export type LoadAsk = {
  [Name in Loads]: { readonly what: Name; readonly body: Calls[Name]['body'] };
}[Loads];

export const beginning = (route: Route, now: number): Model => ({
  route,
  session: { kind: 'opening' },
  link: { kind: 'joining' },
  cloud: { kind: 'up' },
  shareAsked: false,
  now,
  skew: 0,
  queue: { loading: false },
  request: { loading: false },
  receipts: { loading: false },
  wallets: { loading: false },
  filter: {},
  reading: undefined,
  fresh: [],
  said: '',
});
