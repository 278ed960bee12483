import type { Config } from '#schemas/config.ts';
import { chainOf } from '#schemas/config.ts';
import { type Findings, warned } from './finding.ts';

/** Without a dot at its end and without www., which are the same host. */
const hostOf = (url: string): string | undefined => {
  const host = URL.parse(url)
    ?.hostname.toLowerCase()
    .replace(/\.$/, '')
    .replace(/^www\./, '');
  return host === '' ? undefined : host;
};

/**
 * Two urls must agree about outcomes. Two of one host are one provider's word, whatever path or key they have. What lies in Secret Manager
 * is not looked at here. The host alone is told: the rest of a url holds a key.
 */
export const sameHostFindings = ({ law, operations }: Pick<Config, 'law' | 'operations'>): Findings =>
  operations.rpc.flatMap(({ chainId, urls }) => {
    if (chainOf(law, chainId)?.trusted === true) return [];
    const hosts = urls.flatMap((url) => (url.startsWith('secret:') ? [] : (hostOf(url) ?? [])));
    const twice = [...new Set(hosts.filter((host, n) => hosts.indexOf(host) !== n))];
    return twice.map((host) =>
      warned(
        `chain ${chainId}: two urls are of one host, ${host}, which would agree with itself about outcomes`,
        'Take urls of two providers.',
      ),
    );
  });
