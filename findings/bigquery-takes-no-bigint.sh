#!/usr/bin/env bash
# The BigQuery client takes a whole number and a text as a query parameter, and no bigint.
#
# Version: @google-cloud/bigquery 9.3.0
# Expected: A bigint fits INT64, NUMERIC or BIGNUMERIC, the types that hold wei without loss.
# Seen: It is refused before anything is sent. A JavaScript number is sent as INT64, also where it is not safe. Only decimal text keeps an amount.
# Output seen:
#   bigint: throws This value could not be translated to a BigQuery data type.
#   number: sent {"type":"INT64"} {"value":9007199254740992}
#   text as BIGNUMERIC: sent {"type":"BIGNUMERIC"} {"value":"100000000000000000000"}
set -euo pipefail
. "$(dirname "$0")/lib.sh"
install @google-cloud/bigquery@9.3.0
run <<'JS'
import { BigQuery } from '@google-cloud/bigquery';
import { json, serve } from './lib.mjs';

const { url, requests } = await serve((_, response) => json(response, { error: { code: 400, message: 'enough seen' } }, 400));
const authClient = { request: async () => ({}), getRequestHeaders: async () => new Headers(), getAccessToken: async () => ({ token: 'x' }) };
const client = new BigQuery({ projectId: 'books', apiEndpoint: url, authClient, retryOptions: { autoRetry: false } });
const attempt = async (label, params, types) => {
  const before = requests.length;
  const failed = await client.query({ query: 'SELECT @wei', params, ...(types && { types }) }).then(() => undefined, (error) => error);
  const sent = requests.slice(before).find(({ body }) => body.includes('@wei'));
  if (sent === undefined) return console.log(`${label}: throws ${failed.message.split('\n')[0]}`);
  const body = JSON.parse(sent.body);
  const [{ parameterType, parameterValue }] = (body.configuration?.query ?? body).queryParameters;
  console.log(`${label}: sent ${JSON.stringify(parameterType)} ${JSON.stringify(parameterValue)}`);
};
await attempt('bigint', { wei: 10n ** 20n });
await attempt('number', { wei: 2 ** 53 });
await attempt('text as BIGNUMERIC', { wei: `${10n ** 20n}` }, { wei: 'BIGNUMERIC' });
JS
