import { classifyFailure, type Delivery } from '#core/decide/classify-failure.ts';
import { type Code, KeyturnError } from '#schemas/codes.ts';
import { table } from '#test/support/table.ts';

/** Any error at all: what a step throws need not be one of ours. */
type Thrown = Code | 'a bug' | 'no error';

const error = (thrown: Thrown): unknown => {
  if (thrown === 'no error') return 'thrown text';
  return thrown === 'a bug' ? new TypeError('a bug') : new KeyturnError(thrown, 'words');
};
const failure = (thrown: Thrown, delivery: Delivery) => classifyFailure(error(thrown), delivery);
const delivery = (deliveryAttempt: number | undefined, attributes = {}): Delivery => ({ deliveryAttempt, attributes });

table<Thrown, Delivery, 'retry' | 'bury'>('failure: what trying again cannot help goes to the dead letters', failure, [
  ['A stored object that cannot be read fails each time: buried at once.', 'MALFORMED', delivery(1), 'bury'],
  ['A message that hashes to another id fails each time: buried at once.', 'ID_MISMATCH', delivery(1), 'bury'],
  ['A service that does not answer may answer later: retried.', 'UNAVAILABLE', delivery(1), 'retry'],
  ['It is retried up to the last delivery but one.', 'UNAVAILABLE', delivery(29), 'retry'],
  ['At the thirtieth delivery it is buried with its reason.', 'UNAVAILABLE', delivery(30), 'bury'],
  ['A delivery beyond the thirtieth is buried too.', 'UNAVAILABLE', delivery(31), 'bury'],
  ['A bug of ours may go away with the next release: retried.', 'a bug', delivery(1), 'retry'],
  ['A bug that lasts is buried at the last delivery.', 'a bug', delivery(30), 'bury'],
  ['What is thrown and is no error is retried like a bug.', 'no error', delivery(1), 'retry'],
]);

table<Thrown, Delivery, 'retry' | 'bury'>('failure: what somebody will correct keeps its message', failure, [
  ['A wrong configuration.', 'CONFIG', delivery(1), 'retry'],
  ['A name that is not there yet.', 'NOT_FOUND', delivery(1), 'retry'],
  ['A right that is missing, or has not spread yet.', 'PERMISSION_DENIED', delivery(1), 'retry'],
  ['A token that is not accepted.', 'UNAUTHENTICATED', delivery(1), 'retry'],
  ['An image that co-signers do not accept yet.', 'ATTESTATION_REFUSED', delivery(1), 'retry'],
  ['A machine type or a zone that the service refuses.', 'INVALID_ARGUMENT', delivery(1), 'retry'],
  ['A register that is not locked yet.', 'REGISTER_UNLOCKED', delivery(1), 'retry'],
  ['A wrong call of a command.', 'USAGE', delivery(1), 'retry'],
  ['Even that is buried at the last delivery.', 'PERMISSION_DENIED', delivery(30), 'bury'],
]);

table<Thrown, Delivery, 'retry' | 'bury'>('failure: where there are no dead letters, only Pub/Sub decides', failure, [
  ['A tick has no dead letters: retried, however hopeless.', 'MALFORMED', delivery(undefined), 'retry'],
  [
    'What was buried once already is not buried again: it would go round in circles.',
    'MALFORMED',
    delivery(30, { 'keyturn-buried-code': 'MALFORMED' }),
    'retry',
  ],
  [
    'A dead letter that Pub/Sub forwarded, and that was never buried by us, is buried.',
    'MALFORMED',
    delivery(1, { CloudPubSubDeadLetterSourceSubscription: 'intake' }),
    'bury',
  ],
]);
