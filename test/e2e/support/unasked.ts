const LEDGER =
  'Pub/Sub writes receipts into BigQuery by itself; the lab has neither a ledger subscription nor BigQuery';
const BUILD = 'Cloud Build makes the functions in the cloud; the lab starts the bundles of dist/ itself';
const HOME =
  'shares travel under home keys when a wallet is made in the cloud; the lab writes share files straight away';
const PULLS =
  'a co-signer pulls the image to measure it before accepting its digest; the lab has no registry to pull from';
const OWN = 'what it takes to attach a subscription of their own; here the owner of the lab makes it';

/** Rights that no local call asks for, and why they are granted all the same. One that turns out to be used must leave this list. */
export const UNASKED: Readonly<Record<string, string>> = {
  'agent of Pub/Sub: bigquery.dataEditor on table receipts': LEDGER,
  'agent of Pub/Sub: pubsub.subscriber on subscriptions/lab-receipts-ledger': LEDGER,
  'finance: bigquery.dataViewer on dataset finance': LEDGER,
  'build: artifactregistry.writer on repository functions': BUILD,
  'build: logging.logWriter on project': BUILD,
  'build: storage.objectViewer on project': BUILD,
  'alice: cloudkms.cryptoKeyEncrypterDecrypter on home key of alice': HOME,
  'bob: cloudkms.cryptoKeyEncrypterDecrypter on home key of bob': HOME,
  'operator: cloudkms.cryptoKeyEncrypter on home key of alice': HOME,
  'operator: cloudkms.cryptoKeyEncrypter on home key of bob': HOME,
  'alice: artifactregistry.reader on repositories/local/keyturn': PULLS,
  'bob: artifactregistry.reader on repositories/local/keyturn': PULLS,
  'alice: pubsub.subscriber on topics/lab-request-events': OWN,
  'bob: pubsub.subscriber on topics/lab-request-events': OWN,
  'launch: compute.subnetworks.use on subnetworks/lab':
    'the lab names no subnetwork: its machines are processes on this host',
};
