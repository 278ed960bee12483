import type { AuthClient } from 'google-auth-library';
import { z } from 'zod';
import { type Caller, callerOn, REPEATABLE } from '#adapters/calls/deadline.ts';

/** https://cloud.google.com/logging/docs/reference/v2/rest/v2/LogEntry, as far as it is shown. */
const entry = z.object({
  timestamp: z.string().default(''),
  severity: z.string().default('DEFAULT'),
  resource: z.object({ labels: z.record(z.string(), z.string()).default({}) }).default({ labels: {} }),
  labels: z.record(z.string(), z.string()).default({}),
  jsonPayload: z.record(z.string(), z.unknown()).optional(),
  textPayload: z.string().optional(),
});
const answer = z.object({ entries: z.array(entry).default([]), nextPageToken: z.string().default('') });

export type LogEntry = z.infer<typeof entry>;

const PAGE = 500;

/** At most `limit` entries of a project that fit the filter, the oldest first. Throws PERMISSION_DENIED and what calls throw. */
export const readLogs = async (
  authClient: AuthClient,
  { projectId, filter, limit }: { readonly projectId: string; readonly filter: string; readonly limit: number },
  call: Caller = callerOn(),
): Promise<readonly LogEntry[]> => {
  const found: LogEntry[] = [];
  let pageToken = '';
  do {
    const data = {
      resourceNames: [`projects/${projectId}`],
      filter,
      orderBy: 'timestamp asc',
      pageSize: Math.min(PAGE, limit - found.length),
      ...(pageToken === '' ? {} : { pageToken }),
    };
    const named = { service: 'logging', call: 'entries.list', resource: `projects/${projectId}` };
    const page = await call(named, REPEATABLE, async (signal) => {
      const url = 'https://logging.googleapis.com/v2/entries:list';
      const response = await authClient.request({
        url,
        method: 'POST',
        signal,
        retry: false,
        responseType: 'json',
        data,
      });
      return answer.parse(response.data);
    });
    found.push(...page.entries);
    pageToken = page.nextPageToken;
  } while (pageToken !== '' && found.length < limit);
  return found.slice(0, limit);
};
