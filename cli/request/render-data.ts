import { bad, type Line, printable } from '#cli/app/output.ts';
import type { TransactionRequest } from '#schemas/request.ts';
import { bytesIn, selectorOf, tokenCall } from './token-calls.ts';

/** Columns of a piece of text: with label and marks it stays within a terminal of 80. */
const COLUMNS = 60;

/** An escape of `printable`, or a character with its marks. */
const UNIT = /\\u\{[0-9a-f]+\}|.\p{M}*/gsu;

/** At most so many: what is not ASCII may be drawn two columns wide. */
const columnsOf = (unit: string): number =>
  [...unit].reduce((sum, character) => sum + (character > '\u007f' ? 2 : 1), 0);

const marked = (piece: string): string => `“${piece}”`;

/** Long text in pieces, each marked: neither a run of spaces nor the terminal's own wrapping can fake another line. */
export const quoted = (text: string): readonly Line[] => {
  const pieces: string[] = [];
  let [piece, columns] = ['', 0];
  for (const unit of printable(text).match(UNIT) ?? []) {
    const more = columnsOf(unit);
    if (columns + more > COLUMNS && piece !== '') {
      pieces.push(piece);
      [piece, columns] = ['', 0];
    }
    piece += unit;
    columns += more;
  }
  return (piece === '' ? pieces : [...pieces, piece]).map(marked);
};

/** Bytes of data that are shown without --full: two screens. */
const SHOWN_BYTES = 2048;
/** Bytes that the line of `actionLines` shows by itself. */
const IN_SUMMARY = 36;

/** Whether words say all that the data does, or all of it stands in its summary. */
const isTold = (request: TransactionRequest): boolean =>
  bytesIn(request.data) <= IN_SUMMARY || (request.to !== '' && tokenCall(request) !== undefined);

/** How many bytes of the data a person is not shown. */
export const notShown = (request: TransactionRequest, full: boolean): number =>
  full || isTold(request) ? 0 : Math.max(0, bytesIn(request.data) - SHOWN_BYTES);

/** `1 more byte`, `3000 bytes` */
export const bytesText = (bytes: number, more = ''): string => `${bytes} ${more}${bytes === 1 ? 'byte' : 'bytes'}`;

/**
 * The data that nobody explains, as a contract reads it: the selector, then words of 32 bytes. So an address or an amount in any argument
 * can be read. None where it is told otherwise.
 */
export const dataLines = (request: TransactionRequest, full: boolean): readonly Line[] => {
  if (isTold(request)) return [];
  const hidden = notShown(request, full);
  const selector = selectorOf(request) ?? '';
  const digits = request.data.slice(selector.length, request.data.length - 2 * hidden);
  const words = digits.match(selector === '' ? /^0x.{1,64}|.{1,64}/gs : /.{1,64}/gs) ?? [];
  const lines = [...(selector === '' ? [] : [selector]), ...words].map(marked);
  return hidden === 0 ? lines : [...lines, bad(`NOT SHOWN: ${bytesText(hidden, 'more ')}; --full shows all`)];
};

interface AccessEntry {
  readonly address: string;
  readonly storageKeys: readonly string[];
}

/** Shape as the request's parser left it: a list of addresses with their keys. */
const accessEntries = ({ accessList }: TransactionRequest): readonly AccessEntry[] =>
  accessList === '' ? [] : JSON.parse(accessList);

/** Entries of an access list that are shown without --full. */
const SHOWN_ENTRIES = 8;

/** How many entries of the access list a person is not shown. */
export const entriesNotShown = (request: TransactionRequest, full: boolean): number =>
  full ? 0 : Math.max(0, accessEntries(request).length - SHOWN_ENTRIES);

/** `1 more entry`, `300 entries` */
export const entriesText = (entries: number, more = ''): string =>
  `${entries} ${more}${entries === 1 ? 'entry' : 'entries'}`;

export const accessLines = (request: TransactionRequest, full: boolean): readonly Line[] => {
  const entries = accessEntries(request);
  const hidden = entriesNotShown(request, full);
  const lines = entries
    .slice(0, entries.length - hidden)
    .map(
      ({ address, storageKeys }) =>
        `${address}, ${storageKeys.length} storage ${storageKeys.length === 1 ? 'key' : 'keys'}`,
    );
  return hidden === 0 ? lines : [...lines, bad(`NOT SHOWN: ${entriesText(hidden, 'more ')}; --full shows all`)];
};
