/**
 * What the lanes of a turn have in hand at once. A request over which machines died is worked on alone, in the whole machine. If this
 * machine dies too, nothing else must be blamed or lost.
 */
export class Gate {
  #inHand = 0;
  #alone = false;

  /** Undefined: not now. Otherwise, what is to be called when it is out of hand again. */
  enter(alone: boolean): (() => void) | undefined {
    if (this.#alone || (alone && this.#inHand > 0)) return undefined;
    this.#inHand++;
    this.#alone = alone;
    return () => {
      this.#inHand--;
      this.#alone = false;
    };
  }
}
