import type { Resource } from '#local/cloud/runtime/iam.ts';
import type { InstanceBody } from './instance-body.ts';
import { instancePath } from './records.ts';

type Need = readonly [permission: string, resource: Resource];

const SERVICE = 'compute.googleapis.com';
const computeResource = (project: string, type: string, name: string, policies: readonly string[] = []): Resource => ({
  name,
  type: `${SERVICE}/${type}`,
  service: SERVICE,
  policies: [...policies, `projects/${project}`],
});

export const instanceOf = (project: string, zone: string, name: string): Resource =>
  computeResource(project, 'Instance', instancePath(project, zone, name));

export const operationOf = (project: string, zone: string, name: string): Resource =>
  computeResource(project, 'Operation', `projects/${project}/zones/${zone}/operations/${name}`);

/** A list is asked of the project: conditions on instance names do not reach it. */
export const projectOf = (project: string): Resource => ({
  name: `projects/${project}`,
  type: 'cloudresourcemanager.googleapis.com/Project',
  service: 'cloudresourcemanager.googleapis.com',
  policies: [`projects/${project}`],
});

/** What instances.insert needs beyond compute.instances.create, by what the body asks for (compute v1, instances.insert, IAM). */
export const needsOf = (project: string, zone: string, body: InstanceBody): readonly Need[] => {
  const instance = instanceOf(project, zone, body.name);
  const disk = computeResource(project, 'Disk', `projects/${project}/zones/${zone}/disks/${body.name}`);
  const needs: Need[] = [['compute.disks.create', disk]];
  const when = (given: boolean, permission: string): void => {
    if (given) needs.push([permission, instance]);
  };
  when((body.metadata?.items.length ?? 0) > 0, 'compute.instances.setMetadata');
  when((body.serviceAccounts?.length ?? 0) > 0, 'compute.instances.setServiceAccount');
  when(Object.keys(body.labels ?? {}).length > 0, 'compute.instances.setLabels');
  when((body.tags?.items.length ?? 0) > 0, 'compute.instances.setTags');
  for (const { subnetwork } of body.networkInterfaces) {
    if (subnetwork === undefined) continue;
    const path = subnetwork.replace(/^https:\/\/[^/]+\/compute\/v1\//, '');
    const policies = [`subnetworks/${path.slice(path.lastIndexOf('/') + 1)}`];
    needs.push(['compute.subnetworks.use', computeResource(project, 'Subnetwork', path, policies)]);
  }
  for (const { email } of body.serviceAccounts ?? [])
    needs.push([
      'iam.serviceAccounts.actAs',
      {
        name: `projects/-/serviceAccounts/${email}`,
        type: 'iam.googleapis.com/ServiceAccount',
        service: 'iam.googleapis.com',
        policies: [`serviceAccounts/${email}`, `projects/${project}`],
      },
    ]);
  return needs;
};
