import type { Readable } from 'node:stream';

const NEW_LINE = 0x0a;

/**
 * Gives each line, without its end, to `take`. Whoever writes is not trusted to end a line: calls `tooLong` once there are more than `limit`
 * bytes of one, and reads no more.
 */
export const readLines = (
  input: Readable,
  limit: number,
  { take, tooLong }: { readonly take: (line: string) => void; readonly tooLong: () => void },
): void => {
  let parts: Buffer[] = [];
  let size = 0;
  let over = false;
  const add = (part: Buffer): void => {
    size += part.length;
    if (size <= limit) return void parts.push(part);
    over = true;
    parts = [];
    input.pause();
    tooLong();
  };
  input.on('data', (chunk: Buffer) => {
    let from = 0;
    while (!over) {
      const end = chunk.indexOf(NEW_LINE, from);
      add(chunk.subarray(from, end === -1 ? chunk.length : end));
      if (over || end === -1) return;
      const line = Buffer.concat(parts).toString('utf8');
      parts = [];
      size = 0;
      from = end + 1;
      take(line);
    }
  });
};
