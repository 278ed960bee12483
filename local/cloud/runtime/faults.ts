import { CloudError, type CloudStatus } from './cloud-error.ts';

/**
 * One-shot faults. A fault waits for a call whose method name matches, happens once, and is gone.
 * `before`: refused, nothing happened. `after`: it happened, the answer is lost. `delayMs`: the face waits before it answers.
 * Method names are `<service>.<call>`, e.g. `storage.objects.insert`, `pubsub.publish`, `kms.decrypt`, `compute.instances.insert`.
 */
export interface Fault {
  readonly method: string;
  /** Only calls whose detail (object name, topic, key) contains this. */
  readonly matching?: string;
  readonly kind: 'before' | 'after' | 'delay';
  readonly status?: CloudStatus;
  readonly delayMs?: number;
}

/** A call as it passes: before anything has happened, or after all of it has and before the answer leaves. */
export interface Passing {
  readonly method: string;
  readonly detail: string;
  readonly phase: 'before' | 'after';
  /**
   * Name of the IAM member that calls, where the service asks for a permission. STS does not: its callers prove who they are with the call.
   */
  readonly by: string;
}

export class Faults {
  #waiting: Fault[] = [];
  readonly #watchers = new Set<(call: Passing) => void>();
  readonly #caller: () => string;

  constructor(caller: () => string = () => '') {
    this.#caller = caller;
  }

  add(fault: Fault): void {
    this.#waiting.push(fault);
  }

  /** Faults that have not happened yet: a test fails if a planned fault was never met. */
  get pending(): readonly Fault[] {
    return this.#waiting;
  }

  clear(): void {
    this.#waiting = [];
  }

  #take(method: string, detail: string, kinds: readonly Fault['kind'][]): Fault | undefined {
    const fault = this.#waiting.find(
      (candidate) =>
        candidate.method === method && kinds.includes(candidate.kind) && detail.includes(candidate.matching ?? ''),
    );
    if (fault !== undefined) this.#waiting = this.#waiting.filter((other) => other !== fault);
    return fault;
  }

  /** Shows `watcher` every call at once; what it throws is the answer. The returned function ends it. */
  watch(watcher: (call: Passing) => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  #show(call: Passing): void {
    for (const watcher of this.#watchers) watcher(call);
  }

  /** Throws what is planned for this moment of the call; a plan that names no status means an outage. */
  #strike(method: string, detail: string, kind: 'before' | 'after'): void {
    const fault = this.#take(method, detail, [kind]);
    if (fault === undefined) return;
    const { status = 'UNAVAILABLE' } = fault;
    throw new CloudError(status, `planned fault ${kind} ${method}`);
  }

  /** Runs one call of a service under the faults planned for it. */
  around<T>(method: string, detail: string, run: () => T): T {
    const by = this.#caller();
    this.#show({ method, detail, phase: 'before', by });
    this.#strike(method, detail, 'before');
    const result = run();
    this.#show({ method, detail, phase: 'after', by });
    this.#strike(method, detail, 'after');
    return result;
  }

  /** The same for a call that is answered by another process. */
  async aroundAsync<T>(method: string, detail: string, run: () => Promise<T>): Promise<T> {
    const by = this.#caller();
    this.#show({ method, detail, phase: 'before', by });
    this.#strike(method, detail, 'before');
    const result = await run();
    this.#show({ method, detail, phase: 'after', by });
    this.#strike(method, detail, 'after');
    return result;
  }

  /** ms that the wire face shall wait before it handles this call. */
  delayFor(method: string, detail: string): number {
    return this.#take(method, detail, ['delay'])?.delayMs ?? 0;
  }
}
