import { afterAll, expect, test, vi } from 'vitest';

/** What the types of Node do not name. */
interface Memory {
  readonly buffer: ArrayBuffer;
}
const { WebAssembly: wasm } = globalThis as unknown as { WebAssembly: { Memory: new (size: object) => Memory } };

/** The library's memory, which it shows to nobody: it is seen where it is made. */
const memories: Memory[] = [];
const Real = wasm.Memory;
wasm.Memory = class extends Real {
  constructor(size: object) {
    super(size);
    memories.push(this);
  }
};
afterAll(() => {
  wasm.Memory = Real;
});
// The module is loaded anew, so that its memory is made here.
vi.resetModules();
const { added, multiplied, publicKeyOf, signatureOf } = await import('#core/curve.ts');

const SECRET = Buffer.from(`${'1f'.repeat(31)}07`, 'hex');
const OTHER = Buffer.from(`${'a3'.repeat(31)}09`, 'hex');

const lies = (bytes: Uint8Array | undefined): boolean =>
  bytes !== undefined && memories.some(({ buffer }) => Buffer.from(buffer).includes(Buffer.from(bytes)));

test.each([
  ['a sum', () => added(SECRET, OTHER)],
  ['a product', () => multiplied(SECRET, OTHER)],
  ['a public key', () => void publicKeyOf(SECRET)],
  ['a signature', () => void signatureOf(Buffer.alloc(32, 9), SECRET)],
])('after %s the library’s memory holds nothing of what is secret', (_, work: () => Uint8Array | undefined) => {
  const result = work();
  expect(memories).toHaveLength(1);
  expect([SECRET, OTHER, result].map(lies)).toEqual([false, false, false]);
});
