import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { KeyturnError } from '#schemas/codes.ts';

export interface Input extends NodeJS.ReadableStream {
  readonly isTTY?: boolean;
}

/**
 * One line from the person at the terminal; undefined where standard input is none. End of input counts as an empty line. Not in raw mode,
 * so that Ctrl-C stays a signal.
 */
export const askOn = (
  input: Input,
  output: NodeJS.WritableStream,
  question: string,
  signal: AbortSignal,
): Promise<string | undefined> => {
  if (input.isTTY !== true) return Promise.resolve(undefined);
  return new Promise((resolve) => {
    const lines = createInterface({ input, output, terminal: false });
    const end = (answer: string | undefined): void => {
      resolve(answer);
      signal.removeEventListener('abort', abort);
      lines.close();
    };
    const abort = (): void => end(undefined);
    signal.addEventListener('abort', abort, { once: true });
    lines.once('line', (line) => end(line.trim()));
    lines.once('close', () => end(''));
    output.write(question);
  });
};

/**
 * One line that the terminal does not show, such as a password; as it is typed. Undefined where standard input is no terminal. The terminal
 * is in raw mode meanwhile, so that Ctrl-C comes as a character: `interrupted` makes a signal of it again.
 */
export const askHiddenOn = (
  input: Input,
  output: NodeJS.WritableStream,
  question: string,
  { signal, interrupted }: { readonly signal: AbortSignal; readonly interrupted: () => void },
): Promise<string | undefined> => {
  if (input.isTTY !== true) return Promise.resolve(undefined);
  const unseen = new Writable({ write: (_chunk, _encoding, done) => done() });
  return new Promise((resolve) => {
    const lines = createInterface({ input, output: unseen, terminal: true, historySize: 0 });
    const end = (answer: string | undefined): void => {
      resolve(answer);
      signal.removeEventListener('abort', abort);
      lines.close();
      output.write('\n');
    };
    const abort = (): void => end(undefined);
    signal.addEventListener('abort', abort, { once: true });
    lines.once('SIGINT', interrupted);
    lines.once('line', (line) => {
      lines.removeAllListeners('close');
      end(line);
    });
    lines.once('close', () => resolve(''));
    output.write(question);
  });
};

/** All of a stream as one Uint8Array of its own; the pieces are overwritten, since a share may come this way. Throws TOO_LARGE. */
export const readAll = async (input: AsyncIterable<unknown>, limit: number): Promise<Uint8Array> => {
  const pieces: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const piece of input) {
      const bytes = piece instanceof Uint8Array ? piece : Buffer.from(String(piece));
      size += bytes.length;
      pieces.push(bytes);
      if (size > limit) throw new KeyturnError('TOO_LARGE', `standard input has more than ${limit} bytes`);
    }
    const all = new Uint8Array(size);
    let at = 0;
    for (const piece of pieces) {
      all.set(piece, at);
      at += piece.length;
    }
    return all;
  } finally {
    for (const piece of pieces) piece.fill(0);
  }
};
