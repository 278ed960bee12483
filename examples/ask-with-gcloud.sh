#!/bin/sh
# Asks for a payment with gcloud and nothing else, and tells what became of it:
#   sh ask-with-gcloud.sh DEPLOYMENT REQUEST LAW
# REQUEST is a file with all fields of a request as JSON, LAW a keyturn.json. Run it again with the same file: it is the same request, and pays once.
set -eu
deployment=$1 request=$2 law=$3
verify=${VERIFY:-docs/verify/verify.py}

# The id, computed here before anything is sent: plain Python, without code of keyturn.
id=$(python3 "$verify" "$law" "$request" | awk '$1 == "id" { print $2 }')
echo "id $id"
gcloud pubsub topics publish "$deployment-transaction-requests" --message="$(cat "$request")" >/dev/null
# Each object appears once, and never changes. A refusal has no id: it lies under the hash of the message.
hash=$(printf %s "$(cat "$request")" | sha256sum | cut -d ' ' -f 1)
n=0
while [ "$n" -lt "${TRIES:-120}" ]; do
  if outcome=$(gcloud storage cat "gs://$deployment-results/requests/$id/outcome.json" 2>/dev/null); then
    echo "outcome $outcome"
    exit 0
  fi
  if gcloud storage cat "gs://$deployment-results/requests/$id/request.json" >/dev/null 2>&1; then
    [ -n "${accepted:-}" ] || echo accepted
    accepted=yes
  elif refusal=$(gcloud storage cat "gs://$deployment-results/refusals/$hash-*.json" 2>/dev/null); then
    echo "refused $refusal"
    exit 1
  fi
  n=$((n + 1))
  sleep "${PAUSE:-5}"
done
echo "no outcome yet: it goes on, and may still pay. Run this again"
exit 1
