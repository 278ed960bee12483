import { block, blocks, ofType, text } from '../plan.ts';
import type { Policy } from './finding.ts';

/** Nothing listens to the Internet: no external address, no way in, Google's services by their private way. */
export const machinesAreClosed: Policy = ({ plan }) => [
  ...ofType(plan, 'google_compute_instance').flatMap(({ address, values }) =>
    blocks(values, 'network_interface').flatMap((network) =>
      blocks(network, 'access_config').length === 0 ? [] : [`${address}: has an external address`],
    ),
  ),
  ...ofType(plan, 'google_compute_subnetwork').flatMap(({ address, values }) =>
    values.private_ip_google_access === true ? [] : [`${address}: private_ip_google_access must be true`],
  ),
  ...ofType(plan, 'google_compute_network').flatMap(({ address, values }) =>
    values.auto_create_subnetworks === false ? [] : [`${address}: auto_create_subnetworks must be false`],
  ),
  ...ofType(plan, 'google_compute_firewall').flatMap(({ address, values }) => {
    const sources = Array.isArray(values.source_ranges) ? values.source_ranges : [];
    const open = (text(values, 'direction') || 'INGRESS') === 'INGRESS' && block(values, 'allow') !== undefined;
    return open && (sources.includes('0.0.0.0/0') || sources.includes('::/0') || sources.length === 0)
      ? [`${address}: lets the Internet in`]
      : [];
  }),
];
