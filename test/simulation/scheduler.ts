import { KeyturnError } from '#schemas/codes.ts';
import type { VirtualClock } from '#test/support/virtual-clock.ts';
import type { Faulter } from './call-faults.ts';
import type { Random } from './random.ts';

/** One process: a call of a function, or one life of a VM. Whatever it awaits goes through the scheduler. */
export interface Actor {
  readonly name: string;
  readonly kind: 'function' | 'vm';
  alive: boolean;
  /** ms; until then nothing of it moves: its packets are held back, or its machine hangs. */
  heldUntil: number;
  /** ms by which its own clock is wrong. */
  readonly skew: number;
  onKill: (() => void) | undefined;
}

type Settled = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly error: unknown };

interface Pending {
  readonly actor: Actor;
  readonly label: string;
  readonly issued: number;
  readonly ready: number;
  /** Undefined: the effect is done, only the answer is still on its way. */
  readonly run: (() => unknown) | undefined;
  readonly answer: Settled | undefined;
  readonly settle: (settled: Settled) => void;
}

/** ms. An access token dies after an hour, and a packet that was held back longer with it. */
const TOKEN_LIFE = 3_600_000;
const GIVE_UP = { ok: false, error: new KeyturnError('DEADLINE', 'planned fault: the answer was lost') } as const;

/**
 * Every call to the outside waits here until the seeded choice falls on it. Then its effect happens, and its answer is delivered then or
 * later. Nothing else is asynchronous, so that a seed replays exactly.
 */
export class Scheduler {
  readonly clock: VirtualClock;
  readonly #random: Random;
  readonly #faults: Faulter;
  #pending: Pending[] = [];
  #actors = 0;
  /** Who is acting while an effect happens. */
  acting: Actor | undefined;
  steps = 0;
  trace: ((line: string) => void) | undefined;
  /** Told of each process that is held back, and for how long (ms). */
  onHold: ((ms: number) => void) | undefined;

  constructor(clock: VirtualClock, random: Random, faults: Faulter) {
    this.clock = clock;
    this.#random = random;
    this.#faults = faults;
  }

  note(line: string): void {
    // Ids and addresses by their first digits: a story is for people.
    this.trace?.(line.replace(/\b(0x)?([0-9a-fA-F]{6})[0-9a-fA-F]{34,58}\b/g, '$2…'));
  }

  actor(name: string, kind: Actor['kind']): Actor {
    const skew = this.#faults.skew();
    this.#actors += 1;
    return { name: `${name}#${this.#actors}`, kind, alive: true, heldUntil: 0, skew, onKill: undefined };
  }

  kill(actor: Actor, why: string): void {
    if (!actor.alive) return;
    actor.alive = false;
    this.#pending = this.#pending.filter((one) => one.actor !== actor || one.settle === ghost);
    this.note(`${actor.name} dies: ${why}`);
    actor.onKill?.();
  }

  /** A process that has ended sends nothing more: what it did not wait for is lost, unless it is on its way already. */
  end(actor: Actor): void {
    actor.alive = false;
    this.#pending = this.#pending.filter((one) => one.actor !== actor || one.settle === ghost);
  }

  hold(actor: Actor, ms: number): void {
    actor.heldUntil = Math.max(actor.heldUntil, this.clock.now() + ms);
    this.onHold?.(ms);
    this.note(`${actor.name} is held back for ${Math.round(ms / 1000)} s`);
  }

  releaseAll(actors: Iterable<Actor>): void {
    for (const actor of actors) actor.heldUntil = 0;
  }

  /** One call to the outside. `run` is the effect, synchronous; it throws what the port throws. */
  call<T>(actor: Actor, label: string, run: () => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (!actor.alive) return;
      const settle = (settled: Settled): void => {
        if (!actor.alive) return;
        // What `run` returned is what this promise is of.
        if (settled.ok) resolve(settled.value as T);
        else reject(settled.error);
      };
      const issued = this.clock.now();
      this.#pending.push({
        actor,
        label,
        issued,
        ready: issued + this.#faults.delay(label),
        run,
        answer: undefined,
        settle,
      });
    });
  }

  sleep(actor: Actor, ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise<void>((resolve) => {
      const wake = (): void => {
        cancel();
        signal?.removeEventListener('abort', wake);
        if (!actor.alive) return;
        if (actor.heldUntil <= this.clock.now()) resolve();
        else
          this.call(actor, 'wake', () => {}).then(
            () => resolve(),
            // Nobody answers a sleeper, so nothing can get lost on the way to it.
            () => resolve(),
          );
      };
      const cancel = this.clock.after(ms, wake);
      if (signal?.aborted === true) wake();
      else signal?.addEventListener('abort', wake);
    });
  }

  /** One step: a call that is ready, or else time moves to whatever is next. False where nothing can ever happen again. */
  step(): boolean {
    this.steps += 1;
    const now = this.clock.now();
    const ready = this.#pending.filter((one) => one.ready <= now && one.actor.heldUntil <= now);
    const chosen = ready.length === 0 ? undefined : this.#faults.calmOrder ? ready[0] : this.#random.pick(ready);
    if (chosen !== undefined) {
      this.#pending.splice(this.#pending.indexOf(chosen), 1);
      this.#do(chosen);
      this.clock.advance(this.#random.between(1, 20));
      return true;
    }
    const next = this.#pending.reduce(
      (least, one) => Math.min(least, Math.max(one.ready, one.actor.heldUntil)),
      this.clock.nextDue() ?? Number.POSITIVE_INFINITY,
    );
    if (next === Number.POSITIVE_INFINITY) return false;
    this.clock.advance(Math.max(0, next - now));
    return true;
  }

  get idle(): boolean {
    return this.#pending.length === 0;
  }

  #do(one: Pending): void {
    const { actor, label, run, settle } = one;
    const describe = (what: string): void => this.note(`${actor.name} ${label}${what}`);
    if (run === undefined) {
      describe(': answered');
      if (one.answer !== undefined) settle(one.answer);
      return;
    }
    const fault = settle === ghost ? undefined : this.#faults.onCall(actor, label);
    if (fault === 'crash-before') {
      this.kill(actor, `before ${label}`);
      return;
    }
    if (fault === 'refuse') {
      describe(': refused, nothing happened');
      settle({ ok: false, error: new KeyturnError('UNAVAILABLE', 'planned fault: nothing happened') });
      return;
    }
    if (fault === 'late') {
      // The caller gives up; the packet arrives all the same, some time later.
      describe(': given up, still on its way');
      const ready = this.clock.now() + this.#faults.lateness();
      this.#pending.push({ ...one, ready, settle: ghost });
      settle(GIVE_UP);
      return;
    }
    if (fault === 'hold') {
      this.hold(actor, this.#faults.lateness());
      this.#pending.push(one);
      return;
    }
    const settled = this.#effect(one);
    if (fault === 'repeat') describe(': made twice by its client');
    const last = fault === 'repeat' ? this.#effect(one) : settled;
    if (fault === 'crash-after') {
      this.kill(actor, `after ${label}`);
      return;
    }
    if (fault === 'lost') {
      describe(': happened, the answer is lost');
      settle(GIVE_UP);
      return;
    }
    if (fault === 'slow') {
      describe(': happened, the answer is slow');
      this.#pending.push({ ...one, ready: this.clock.now() + this.#faults.lateness(), run: undefined, answer: last });
      return;
    }
    if (!last.ok) describe(`: ${last.error instanceof Error ? last.error.message : String(last.error)}`);
    else describe(settle === ghost ? ': arrives late' : '');
    settle(last);
  }

  #effect({ actor, issued, run }: Pending): Settled {
    if (this.clock.now() - issued > TOKEN_LIFE)
      return { ok: false, error: new KeyturnError('UNAUTHENTICATED', 'the access token has expired') };
    const before = this.acting;
    this.acting = actor;
    try {
      return { ok: true, value: run?.() };
    } catch (error) {
      if (!(error instanceof KeyturnError)) throw error;
      return { ok: false, error };
    } finally {
      this.acting = before;
    }
  }
}

/** Nobody waits for this answer any more. */
const ghost = (): void => {};
