import type { ReceiptFact } from '#schemas/facts.ts';
import { receiptObject } from '#schemas/names.ts';
import { receiptWith } from './receipt.ts';
import type { Pipeline } from './stage.ts';

/** Stores so many receipts of a day, `YYYY-MM-DD`, under ids that no other call gives. Their names, in order. */
export const receiptsOf = ({ storage, buckets: { results } }: Pick<Pipeline, 'storage' | 'buckets'>) => {
  let next = 1;
  return (day: string, count: number, over: Partial<ReceiptFact> = {}): readonly string[] =>
    Array.from({ length: count }, () => {
      const id = (next++).toString(16).padStart(64, '0');
      const name = receiptObject(id, Date.parse(day));
      const receipt = receiptWith({ id, eventId: `${results}/${name}`, blockTime: `${day}T00:00:00Z`, ...over });
      storage.put(results, name, JSON.parse(JSON.stringify(receipt)));
      return name;
    });
};
