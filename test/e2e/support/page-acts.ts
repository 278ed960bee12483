import { timeText } from '#schemas/spellings.ts';
import type { TestLab } from './lab.ts';
import { bytesOf } from './requests.ts';

/** What others do while somebody follows a page, in the few words that a page may use. */
export const actsOf = (
  test: TestLab,
  given: { readonly writeLogs: () => void },
): ((words: string) => Promise<void>) => {
  const idOf = async (reference: string): Promise<string> =>
    String((await test.event('keyturn.request.accepted', { reference })).body.id);
  const approve = async (names: readonly string[], id: string): Promise<void> => {
    for (const name of names) await test.approve(name, id);
  };
  let asked = 0;
  // Lists go by what ends first, in seconds: two that were asked in one second would stand in any order. And sooner than what pages ask.
  const nextEnd = (): string => timeText(Date.now() + 2_400_000 + 1000 * asked++);
  const acts: readonly (readonly [RegExp, (...words: readonly string[]) => Promise<unknown>])[] = [
    [
      /^a dApp asks for (\S+): (\d+) wei to (0x\w{40})$/,
      (reference = '', value = '', to = '') => test.ask({ reference, value, to, validUntil: nextEnd() }),
    ],
    [
      /^((?:\w+, )*\w+) approves? (\S+)$/,
      async (names = '', reference = '') => approve(names.split(', '), await idOf(reference)),
    ],
    [
      /^(\S+) is paid: (\d+) wei to (0x\w{40})$/,
      async (reference = '', value = '', to = '') => {
        const id = await test.ask({ reference, value, to });
        await approve(['alice', 'bob'], id);
        await test.outcome(id);
      },
    ],
    [
      /^(\S+) is approved$/,
      async (reference = '') => test.event('keyturn.request.approved', { id: await idOf(reference) }),
    ],
    [/^(\S+) is settled$/, async (reference = '') => test.outcome(await idOf(reference))],
    [
      /^somebody publishes what no function can read$/,
      async () => {
        // Of its schema, and yet no event of ours: whoever may publish there can send it.
        await test.publish(bytesOf({ eventId: 'x', id: 'nonsense', wallet: 'treasury' }), 'approved', { 'ce-id': 'x' });
        await test.line('launch.buried', { code: 'MALFORMED' });
      },
    ],
    [/^the logs are kept$/, async () => given.writeLogs()],
  ];
  return async (words) => {
    for (const [shape, act] of acts) {
      const found = shape.exec(words);
      if (found !== null) {
        await act(...found.slice(1));
        return;
      }
    }
    throw new Error(`nobody knows how to do this: ${words}`);
  };
};
