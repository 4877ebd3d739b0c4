#!/bin/sh
# Builds a branch with curl: build.sh BRANCH KEY
#
# TWINHULL_URL names the service, TWINHULL_TOKEN_FILE the file of an API token. The same KEY gets the same build again,
# so that a call that broke off can simply be made once more.
set -eu

branch=$1
key=$2
recipe=${RECIPE:-$(dirname "$0")/recipe.json}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# In a file: every user of the machine can read arguments.
printf 'Authorization: Bearer %s\n' "$(cat "$TWINHULL_TOKEN_FILE")" >"$work/headers"

call() {
  curl --silent --show-error --fail-with-body --header "@$work/headers" "$@"
}

# Submit. An error response contains a hint.
printf '{ "ref": "%s", "recipe": %s }' "$branch" "$(cat "$recipe")" >"$work/request"
call --header 'Content-Type: application/json' --header "Idempotency-Key: $key" \
  --data "@$work/request" "$TWINHULL_URL/v1/builds" >"$work/submitted" || {
  cat "$work/submitted" >&2
  exit 1
}
build=$(sed -n 's/.*"build":{"id":"\([0-9a-z]*\)".*/\1/p' "$work/submitted")

# Follow it to its end. An empty line ends an event: what was cut off goes on after the last one that came whole.
last=
while :; do
  : >"$work/answer"
  call --no-buffer --header 'Accept: text/event-stream' ${last:+--header "Last-Event-ID: $last"} \
    --dump-header "$work/answer" "$TWINHULL_URL/v1/builds/$build/events" | tee "$work/part" |
    while IFS= read -r line; do
      case $line in
        'event: '*) type=${line#event: } ;;
        '') [ -z "${type-}" ] || echo "$type" >&2; type= ;;
      esac
    done
  whole=$(awk '/^id: /{ id = $2 } /^$/{ whole = id } END { print whole }' "$work/part")
  last=${whole:-$last}
  grep -q '^event: end$' "$work/part" && break
  case $(awk 'NR == 1 { print $2 }' "$work/answer") in
    204) break ;;
    429 | 5* | 2* | '') sleep 1 ;;
    *) exit 1 ;;
  esac
done

# Keep the logs, and print what to pull.
for platform in arm64 amd64; do
  call --output "$build-$platform.log" "$TWINHULL_URL/v1/builds/$build/logs/$platform"
done
call "$TWINHULL_URL/v1/builds/$build" >"$work/build"
grep -q '"state":"published"' "$work/build" || exit 1
sed 's/.*"tags":\[//' "$work/build" | tr '{' '\n' |
  sed -n 's/.*"reference":"\([^"]*\)".*"digest":"\([^"]*\)".*/\1 \2/p'
