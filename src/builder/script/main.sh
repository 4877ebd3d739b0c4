#!/bin/sh
# The builder: builds, verifies and pushes one platform's images of one commit. contract.ts defines what goes in and what
# comes out. Made to be PID 1 of its own container, in dash or BusyBox ash, with BusyBox's tools or better. What comes
# from outside is data: read with printenv, checked, handed on as one quoted word.
#
# shellcheck disable=SC2317 # phases and kinds of steps are called by name, which ShellCheck takes for unreachable
# shellcheck disable=SC2015 # in `a && b || fail` the failure of either is meant
set -u
exec 2>&1

inbox=/run/twinhull     # files received from the orchestrator
socket=/run/docker.sock # the engine's
state=/dev/shm/twinhull # secrets, and what phases leave for later ones: in memory, never on a disk
work=/tmp/twinhull      # the checkout, and programs of ours (/dev/shm is mounted noexec)
source=$work/source
shared='' # what the engine's host has at the same path
label=dev.twinhull.job
key_form='[A-Za-z0-9][A-Za-z0-9._-]{0,63}'
newline='
'
unset nonce # or an inherited export would hand it on
nonce='' phase=- image=- engine_seen=''
ids=''     # NAME ID of each image that was built
digests='' # NAME DIGEST of each image that was pushed: here, because a script may write to every file
bases=''   # NAME REFERENCE DIGEST of what each image was built from

main() {
  trap stop TERM INT
  start
  check_contract
  run tools
  run engine
  engine_seen=1
  sweep_leftovers &
  sweeping=$!
  run secret
  run clone
  run checkout
  run login
  wait "$sweeping"
  n=1
  while [ "$n" -le "$steps" ]; do
    get_step IMAGE
    image=$value staging=$repository:staging-$value-$suffix-$key
    run build take_image check_base check_programs
    read_bases
    note_cache
    read -r id digest <"$state/taken"
    get_step VERIFY_COUNT 0
    [ "$value" = 0 ] || run verify
    run push
    read -r digest <"$state/pushed"
    digests=$digests$image' '$digest$newline ids=$ids$image' '$id$newline
    n=$((n + 1))
  done
  finish 0
}
