/** One seeded source of randomness (sfc32). The same seed and the same questions give the same answers, on every machine. */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #d = 1;

  constructor(seed: string) {
    let h = 0x811c9dc5;
    const mix = () => {
      for (const char of seed) h = Math.imul(h ^ char.charCodeAt(0), 0x01000193);
      h ^= h >>> 15;
      h = Math.imul(h, 0x2c1b3c6d);
      h ^= h >>> 12;
      return h >>> 0;
    };
    this.#a = mix();
    this.#b = mix();
    this.#c = mix();
    for (let i = 0; i < 12; i++) this.#next();
  }

  #next(): number {
    const t = (this.#a + this.#b + this.#d) | 0;
    this.#d = (this.#d + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + t;
    this.#c |= 0;
    return t >>> 0;
  }

  /** At least 0, less than 1. */
  unit(): number {
    return this.#next() / 2 ** 32;
  }

  /** 0 to `below` − 1. */
  int(below: number): number {
    return Math.floor(this.unit() * below);
  }

  between(low: number, high: number): number {
    return low + this.int(high - low + 1);
  }

  chance(probability: number): boolean {
    return this.unit() < probability;
  }

  pick<T>(list: readonly T[]): T {
    const found = list[this.int(list.length)];
    if (found === undefined) throw new RangeError('nothing to pick from');
    return found;
  }

  /** `length` bytes in hex. */
  hex(length: number): string {
    let text = '';
    while (text.length < 2 * length) text += this.#next().toString(16).padStart(8, '0');
    return text.slice(0, 2 * length);
  }
}
