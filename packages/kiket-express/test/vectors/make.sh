#!/bin/sh
# Writes vectors.json with the openssl command line, so that the known answers come from code that is not ours.
# Running it again must not change the file: sh test/vectors/make.sh && git diff --exit-code test/vectors
set -eu
cd "$(dirname "$0")"

secret=guardian-demo-secret
seconds=1762776000
iso=2025-11-10T12:00:00Z

sign() { printf '%s' "$1" | openssl dgst -sha256 -hmac "$secret" -r | cut -d ' ' -f 1; }

escape() { printf '%s' "$1" | sed 's/["\\]/\\&/g' | awk 'NR > 1 { printf "\\n" } { printf "%s", $0 }'; }

vector() { # name, body
  printf '%b{\n      "name": "%s",\n      "body": "%s",\n' "$separator" "$1" "$(escape "$2")"
  printf '      "signatures": {\n        "body": "%s",\n' "$(sign "$2")"
  printf '        "seconds.body": "%s",\n        "iso.body": "%s"\n      }\n    }' "$(sign "$seconds.$2")" "$(sign "$iso.$2")"
  separator=',\n    '
}

separator=''
{
  printf '{\n  "secret": "%s",\n  "seconds": "%s",\n  "iso": "%s",\n  "vectors": [\n    ' "$secret" "$seconds" "$iso"
  vector 'compact' '{"event":"workflow.before_transition","issue":{"id":42}}'
  vector 'pretty-printed' '{
  "event": "workflow.before_transition",
  "issue": {
    "id": 42
  }
}'
  vector 'non-ASCII' '{"event":"issue.created","issue":{"title":"Crème brûlée ☕"}}'
  vector 'empty' ''
  replay='{
  "event": "workflow.before_transition",
  "event_type": "before_transition",
  "issue": {
    "id": 4711,
    "status": "review",
    "project_id": 7,
    "organization_id": 3
  },
  "transition": {
    "from": "review",
    "to": "deployed",
    "performed_by": "mira@example.com"
  }'
  secrets='"secrets": {
    "API_TOKEN": "abc123"
  }'
  vector 'as kiket extensions replay prints it' "$replay
}"
  vector 'as kiket extensions replay prints it with a secret' "$replay,
  $secrets
}"
  printf '\n  ]\n}\n'
} >vectors.json
