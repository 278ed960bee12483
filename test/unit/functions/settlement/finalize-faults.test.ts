import { describe, expect, test } from 'vitest';
import { KeyturnError } from '#schemas/codes.ts';
import { stage } from '#test/support/stage.ts';

const REFUSED = new KeyturnError('PERMISSION_DENIED', 'storage: list: HTTP 403');

describe('what finalize does with a fault', () => {
  test('facts that cannot be read are no fault of a chain: it throws, and the message comes again', async () => {
    for (const finality of [{ kind: 'finalized' }, { kind: 'confirmations', count: 0 }]) {
      const s = stage({ finality });
      const id = await s.submit();
      s.chain().mine();
      s.storage.fault = (_, bucket) => (bucket === s.buckets.results ? REFUSED : undefined);
      await expect(s.finalize(id), finality.kind).rejects.toThrow(REFUSED.message);
      expect(s.log.codes('warn')).not.toContain('CHAIN_UNREACHABLE');
    }
  });
});
