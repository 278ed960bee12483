import type { Server } from 'node:http';
import { type Call, restServer } from '#local/cloud/runtime/http.ts';
import type { AttestationVerifier } from './verifier.ts';

const JWKS_PATH = '/service_accounts/v1/metadata/jwk/signer@confidentialspace-sign.iam.gserviceaccount.com';
const ROOT_PATH = '/.well-known/confidential_space_root.crt';

const base = (call: Call): string => `http://${call.headers.host ?? 'localhost'}`;

/** The public documents of the attestation service: discovery, JWKS, and the root of PKI tokens. Open, as Google's are. */
export const verifierRest = (verifier: AttestationVerifier): Server =>
  restServer(verifier.world, 'attestation', [
    {
      method: 'GET',
      path: /^\/\.well-known\/openid-configuration$/,
      query: [],
      open: true,
      handle: (call) => ({
        body: {
          issuer: verifier.issuer,
          jwks_uri: `${base(call)}${JWKS_PATH}`,
          response_types_supported: ['id_token'],
          subject_types_supported: ['public'],
          id_token_signing_alg_values_supported: ['RS256'],
        },
      }),
    },
    {
      method: 'GET',
      path: new RegExp(`^${JWKS_PATH.replaceAll('.', '\\.')}$`),
      query: [],
      open: true,
      handle: () => ({ body: verifier.jwks() }),
    },
    {
      method: 'GET',
      path: /^\/\.well-known\/attestation-pki-root$/,
      query: [],
      open: true,
      handle: (call) => ({
        body: { root_ca_uri: `${base(call)}${ROOT_PATH}` },
      }),
    },
    {
      method: 'GET',
      path: new RegExp(`^${ROOT_PATH.replaceAll('.', '\\.')}$`),
      query: [],
      open: true,
      handle: () => ({ headers: { 'content-type': 'application/x-pem-file' }, body: verifier.rootPem }),
    },
  ]);
