/**
 * Names of OpenTelemetry's semantic conventions 1.45.0 for messaging, Pub/Sub, functions and CloudEvents
 * (https://opentelemetry.io/docs/specs/semconv/messaging/gcp-pubsub/). They are still in development there: `messaging.system` and
 * `messaging.gcp_pubsub.*` are their older names. Spelled out here, because the package of the names is far larger than the SDK.
 */
export const SCHEMA_URL = 'https://opentelemetry.io/schemas/1.45.0';

export const SYSTEM = 'messaging.system.name';
export const PUBSUB = 'gcp.pubsub';
export const OPERATION_NAME = 'messaging.operation.name';
export const OPERATION_TYPE = 'messaging.operation.type';
export const DESTINATION = 'messaging.destination.name';
export const MESSAGE_ID = 'messaging.message.id';
export const BODY_SIZE = 'messaging.message.body.size';
export const DELIVERY_ATTEMPT = 'gcp.pubsub.message.delivery_attempt';
export const EVENT_ID = 'cloudevents.event_id';
export const EVENT_TYPE = 'cloudevents.event_type';
export const FAAS_TRIGGER = 'faas.trigger';
export const FAAS_COLDSTART = 'faas.coldstart';
export const ERROR_TYPE = 'error.type';

/** Ours. On spans alone: an id would make a time series of each request. */
export const REQUEST_ID = 'keyturn.request.id';
/** What a step decided: act, ignore, refuse or wait. */
export const DECISION = 'keyturn.decision';
/** A code of schemas/codes.ts. */
export const CODE = 'keyturn.code';
export const STAGE = 'keyturn.stage';
export const OUTCOME = 'keyturn.outcome';
export const CHAIN = 'keyturn.chain.id';
