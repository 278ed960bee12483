import type { Storage } from '#core/ports.ts';
import type { Caller } from '#local/cloud/runtime/iam.ts';
import { KeyturnError } from '#schemas/codes.ts';
import { type StorageCall, storageOver } from '#test/support/storage-port.ts';
import type { Actor } from './scheduler.ts';
import type { Services } from './services.ts';

const labelOf = ({ kind, bucket, name, versions }: StorageCall): string =>
  kind === 'settings'
    ? `settings of ${bucket}`
    : `${kind} ${bucket.replace(/^lab-/, '')}/${name}${versions ? ' (all generations)' : ''}`;

/** The tests' one Storage port, where each call is a step of the scheduler. */
export const storageFor = (services: Services, caller: Caller, actor: Actor): Storage => {
  const { scheduler, observer, page, closedTo } = services;
  const port = storageOver(services, caller, (call, run) =>
    scheduler.call(actor, labelOf(call), () => {
      const { kind, bucket, name, from } = call;
      if (kind !== 'list') return run();
      if (closedTo(bucket, name)) throw new KeyturnError('PERMISSION_DENIED', `storage: ${bucket} cannot be listed`);
      const listing = run();
      if (from === undefined) observer.listed(actor, bucket, name);
      return listing;
    }),
  );
  if (page === 0) return port;
  return {
    ...port,
    list: (bucket, prefix, options = {}) =>
      port.list(bucket, prefix, { ...options, limit: Math.min(page, options.limit ?? 1000) }),
  };
};
