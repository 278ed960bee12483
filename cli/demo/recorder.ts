import type { Message } from '#core/ports.ts';

/** Stages of one request, in the order in which they are meant to come. */
const MILESTONES = ['published', 'accepted', 'approved', 'sealed', 'submitted', 'final', 'receipt'] as const;
export type Milestone = (typeof MILESTONES)[number];

export interface Story {
  readonly id: string;
  readonly stagesMs: Partial<Record<Milestone, number>>;
  outcome: string;
  reason: string;
  transactionHash: string;
  blockNumber: string;
  feeWei: string;
  approvedBy: readonly string[];
}

export type Happening =
  | { readonly kind: 'accepted' | 'approved' | 'submitted'; readonly id: string }
  | { readonly kind: 'share-seen' | 'share-bad' | 'rejected-by'; readonly id: string; readonly coSigner: string }
  | { readonly kind: 'refused'; readonly id: string; readonly reason: string }
  | { readonly kind: 'outcome'; readonly id: string; readonly outcome: string }
  | { readonly kind: 'receipt'; readonly id: string; readonly eventId: string }
  | { readonly kind: 'machine'; readonly name: string; readonly image: string }
  | { readonly kind: 'sealed'; readonly id: string; readonly entry: string; readonly nonce: string }
  | { readonly kind: 'broadcast'; readonly id: string; readonly hash: string };

const fieldsOf = (bytes: Uint8Array | string): Readonly<Record<string, unknown>> => {
  try {
    const value: unknown = JSON.parse(typeof bytes === 'string' ? bytes : Buffer.from(bytes).toString('utf8'));
    return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {};
  } catch {
    return {};
  }
};

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** Follows what the deployment says in its events and its machines in their logs, and notes when it first happened to each request. */
export class Recorder {
  readonly #start: number;
  readonly #now: () => number;
  readonly #tell: (happening: Happening) => void;
  readonly #stories = new Map<string, Story>();
  readonly #seen = new Set<string>();
  readonly #waiting: { done: () => boolean; resolve: () => void }[] = [];
  vmBoots = 0;

  constructor(now: () => number, tell: (happening: Happening) => void) {
    this.#now = now;
    this.#start = now();
    this.#tell = tell;
  }

  /** ms since the beginning. */
  elapsed(): number {
    return this.#now() - this.#start;
  }

  get stories(): readonly Story[] {
    return [...this.#stories.values()];
  }

  story(id: string): Story {
    const known = this.#stories.get(id);
    if (known !== undefined) return known;
    const story: Story = {
      id,
      stagesMs: {},
      outcome: '',
      reason: '',
      transactionHash: '',
      blockNumber: '',
      feeWei: '',
      approvedBy: [],
    };
    this.#stories.set(id, story);
    return story;
  }

  /** True the first time: deliveries come more than once. */
  mark(id: string, stage: Milestone): boolean {
    const { stagesMs } = this.story(id);
    if (stagesMs[stage] !== undefined) return false;
    stagesMs[stage] = Math.round(this.elapsed());
    return true;
  }

  /** Resolves once `done`, looked at after each event. */
  until(done: () => boolean): Promise<void> {
    if (done()) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ done, resolve }));
  }

  #happened(happening: Happening): void {
    this.#tell(happening);
    for (const waiting of this.#waiting.splice(0)) {
      if (waiting.done()) waiting.resolve();
      else this.#waiting.push(waiting);
    }
  }

  /** A message of the request-events topic, as the dApp gets it. */
  requestEvent({ data, attributes }: Pick<Message, 'data' | 'attributes'>): void {
    const body = fieldsOf(data);
    const id = text(body.id);
    switch (attributes['ce-type']) {
      case 'keyturn.request.accepted':
        if (this.mark(id, 'accepted')) this.#happened({ kind: 'accepted', id });
        return;
      case 'keyturn.request.refused':
        this.#happened({
          kind: 'refused',
          id: text(body.existingId),
          reason: `${text(body.code)}: ${text(body.field)} ${text(body.reason)}`,
        });
        return;
      case 'keyturn.request.share-seen':
        // Announced again by whoever finds it there: said once.
        if (this.#seen.has(`${id}/${text(body.coSigner)}`)) return;
        this.#seen.add(`${id}/${text(body.coSigner)}`);
        this.#happened({ kind: 'share-seen', id, coSigner: text(body.coSigner) });
        return;
      case 'keyturn.request.share-bad':
        this.#happened({ kind: 'share-bad', id, coSigner: text(body.coSigner) });
        return;
      case 'keyturn.request.approved':
        if (this.mark(id, 'approved')) this.#happened({ kind: 'approved', id });
        return;
      case 'keyturn.request.submitted':
        if (this.mark(id, 'submitted')) this.#happened({ kind: 'submitted', id });
        return;
      case 'keyturn.request.outcome': {
        const story = this.story(id);
        if (!this.mark(id, 'final')) return;
        story.outcome = text(body.outcome);
        story.reason = text(body.reason);
        this.#happened({ kind: 'outcome', id, outcome: story.outcome });
        return;
      }
    }
  }

  /** A message of the receipts topic, as finance gets it. */
  receiptEvent({ data }: Pick<Message, 'data'>): void {
    const body = fieldsOf(data);
    const story = this.story(text(body.id));
    if (!this.mark(story.id, 'receipt')) return;
    story.transactionHash = text(body.transactionHash);
    story.blockNumber = text(body.blockNumber);
    story.feeWei = text(body.feeWei);
    story.approvedBy = Array.isArray(body.approvedBy) ? body.approvedBy.map(text) : [];
    this.#happened({ kind: 'receipt', id: story.id, eventId: text(body.eventId) });
  }

  /** One log line of a machine. */
  vmLine(name: string, line: string, image: string): void {
    if (line === 'workload task started') {
      this.vmBoots++;
      this.#happened({ kind: 'machine', name, image });
      return;
    }
    const fields = fieldsOf(line);
    const id = text(fields.id);
    if (fields.message === 'turn.sealed' && this.mark(id, 'sealed'))
      this.#happened({ kind: 'sealed', id, entry: text(fields.entry), nonce: text(fields.nonce) });
    if (fields.message === 'turn.broadcast' && text(fields.hash) !== '')
      this.#happened({ kind: 'broadcast', id, hash: text(fields.hash) });
  }
}
