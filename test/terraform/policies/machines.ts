import { block, blocks, ofType, text, texts } from '../plan.ts';
import type { Policy } from './finding.ts';

/**
 * Every machine: no external address, and booted by nothing but signed code. No right of Google's through its metadata server, and no way
 * in by keys that somebody put into the project.
 */
export const machinesAreHard: Policy = ({ plan }) =>
  ofType(plan, 'google_compute_instance').flatMap(({ address, values }) => {
    const shielded = block(values, 'shielded_instance_config');
    const metadata = block(values, 'metadata');
    const scopes = blocks(values, 'service_account').flatMap((account) => texts(account, 'scopes'));
    const checks: readonly (readonly [boolean, string])[] = [
      [
        blocks(values, 'network_interface').every((one) => blocks(one, 'access_config').length === 0),
        'has an external address',
      ],
      [shielded?.enable_secure_boot === true, 'enable_secure_boot must be true'],
      [shielded?.enable_vtpm === true, 'enable_vtpm must be true'],
      [shielded?.enable_integrity_monitoring === true, 'enable_integrity_monitoring must be true'],
      [
        blocks(values, 'service_account').length === 1,
        "needs an account of its own: the project's default one may be an editor",
      ],
      [scopes.length === 0, `has the scopes ${scopes.join(', ')}: a machine of ours that is no turn needs none`],
      [text(metadata, 'block-project-ssh-keys') === 'true', 'block-project-ssh-keys must be true'],
      [values.can_ip_forward !== true, 'forwards what is not its own'],
    ];
    return checks.flatMap(([holds, why]) => (holds ? [] : [`${address}: ${why}`]));
  });
