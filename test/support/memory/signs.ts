import { judgeShares, wipe } from '#core/shares/shares.ts';
import { combined } from '#core/shares/signing-scheme.ts';
import { rungsOf } from '#core/transaction/transaction.ts';
import type { Wallet } from '#schemas/config.ts';
import { parseShareText } from '#schemas/share-text.ts';
import { requestOf } from '#test/support/law.ts';
import { signRung } from '#test/support/sign.ts';

/**
 * A process that opens shares and signs, as the image does, and then waits to be looked at. It gets masked shares over its input, so that no
 * share comes in as it is: of each the length, then the masked text. It says a word after each step, and goes on when it hears a line. The wallet
 * is told it, since whoever splits a key has it.
 */
const [told = '', planted] = process.argv.slice(2);
const wallet: Wallet = JSON.parse(told);
const MASK = 0x5a;

const share = (line: Buffer) => {
  const text = Uint8Array.from(line, (byte) => byte ^ MASK);
  const parsed = parseShareText(text);
  wipe(text);
  return parsed;
};

const input: Buffer[] = [];
let heard: () => void = () => {};
process.stdin.on('data', (data: Buffer) => {
  input.push(data);
  heard();
});
const next = async (length: number): Promise<Buffer> => {
  for (;;) {
    const whole = Buffer.concat(input);
    if (whole.length >= length) {
      input.splice(0, input.length, whole.subarray(length));
      return whole.subarray(0, length);
    }
    await new Promise<void>((resolve) => {
      heard = resolve;
    });
  }
};
const say = (word: string) => process.stdout.write(`${word}\n`);

const shares: ReturnType<typeof share>[] = [];
for (let n = 0; n < wallet.threshold; n++) {
  const size = (await next(1))[0] ?? 0;
  const masked = await next(size);
  shares.push(share(masked));
}
say('opened');
await next(1);
const candidates = shares.map((one) => ({
  ...{
    coSigner: wallet.holders.find(({ index }) => index === one.index)?.coSigner ?? '',
    object: 'o',
    generation: '1',
    share: one,
  },
}));
const { good } = judgeShares(candidates, wallet);
const signed = combined.withKey(
  good.map((one) => one.share),
  wallet,
  (secret) => rungsOf(requestOf(), 7n).map((rung) => signRung(rung, secret, wallet.address).hash),
);
/** What a careless line would leave behind. */
const kept =
  planted === undefined ? undefined : Buffer.from(shares[0]?.scalar ?? []).toString(planted as BufferEncoding);
for (const one of shares) wipe(one.scalar);
say(`signed ${signed.length}`);
await next(1);
say(`bye ${kept?.length}`);
