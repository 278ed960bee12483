import { z } from 'zod';
import { instanceBody } from './instance-body.ts';

/** One VM as kept in memory and in the journal. Times are RFC 3339. */
export const instanceRecord = z.object({
  id: z.string(),
  zone: z.string(),
  name: z.string(),
  body: instanceBody,
  status: z.enum(['PROVISIONING', 'STAGING', 'RUNNING', 'STOPPING', 'TERMINATED']),
  creationTimestamp: z.string(),
  lastStartTimestamp: z.string().optional(),
  lastStopTimestamp: z.string().optional(),
});

export type InstanceRecord = Readonly<z.infer<typeof instanceRecord>>;

export const operationError = z.object({ code: z.string(), message: z.string(), http: z.number() });

export type OperationError = Readonly<z.infer<typeof operationError>>;

export const operationRecord = z.object({
  id: z.string(),
  name: z.string(),
  zone: z.string(),
  operationType: z.enum(['insert', 'delete']),
  target: z.string(),
  targetId: z.string(),
  user: z.string(),
  requestId: z.string().optional(),
  status: z.enum(['RUNNING', 'DONE']),
  insertTime: z.string(),
  endTime: z.string().optional(),
  error: operationError.optional(),
});

export type OperationRecord = Readonly<z.infer<typeof operationRecord>>;

const BASE = 'https://www.googleapis.com/compute/v1';
const zoneUrl = (project: string, zone: string): string => `${BASE}/projects/${project}/zones/${zone}`;

export const instancePath = (project: string, zone: string, name: string): string =>
  `projects/${project}/zones/${zone}/instances/${name}`;

/** The Instance resource (compute v1) as get and list show it. */
export const instanceResource = (project: string, record: InstanceRecord): Record<string, unknown> => ({
  ...record.body,
  kind: 'compute#instance',
  id: record.id,
  zone: zoneUrl(project, record.zone),
  selfLink: `${BASE}/${instancePath(project, record.zone, record.name)}`,
  machineType: `${BASE}/projects/${project}/${record.body.machineType.replace(/^.*?(?=zones\/)/, '')}`,
  status: record.status,
  creationTimestamp: record.creationTimestamp,
  ...(record.lastStartTimestamp === undefined ? {} : { lastStartTimestamp: record.lastStartTimestamp }),
  ...(record.lastStopTimestamp === undefined ? {} : { lastStopTimestamp: record.lastStopTimestamp }),
});

/** The Operation resource (compute v1). A failed operation is DONE with `error`; polling it never fails by itself. */
export const operationResource = (project: string, record: OperationRecord): Record<string, unknown> => ({
  kind: 'compute#operation',
  id: record.id,
  name: record.name,
  zone: zoneUrl(project, record.zone),
  operationType: record.operationType,
  targetLink: `${BASE}/${instancePath(project, record.zone, record.target)}`,
  targetId: record.targetId,
  user: record.user,
  status: record.status,
  progress: record.status === 'DONE' ? 100 : 0,
  insertTime: record.insertTime,
  startTime: record.insertTime,
  selfLink: `${zoneUrl(project, record.zone)}/operations/${record.name}`,
  ...(record.requestId === undefined ? {} : { clientOperationId: record.requestId }),
  ...(record.endTime === undefined ? {} : { endTime: record.endTime }),
  ...(record.error === undefined
    ? {}
    : {
        error: { errors: [{ code: record.error.code, message: record.error.message }] },
        httpErrorStatusCode: record.error.http,
        httpErrorMessage: record.error.code,
      }),
});
