#!/bin/sh
# The builder: builds, verifies and pushes one platform's images of one commit. contract.ts defines what goes in and
# what comes out. It runs as PID 1 of its own container, in dash or BusyBox ash, with BusyBox's tools or better. All
# input is data: read with printenv, checked, and passed on as one quoted word.
#
# shellcheck disable=SC2317 # phases and step kinds are called by name, which ShellCheck takes for unreachable
# shellcheck disable=SC2015 # in `a && b || fail`, the failure of either one is intended
set -u
exec 2>&1

inbox=/run/twinhull     # files received from the orchestrator
socket=/run/docker.sock # the engine's socket
state=/dev/shm/twinhull # secrets, and results that phases pass on to later ones: in memory, never on a disk
work=/tmp/twinhull      # the checkout, and the builder's own programs (/dev/shm is mounted noexec)
source=$work/source
shared='' # a folder that exists at the same path on the engine's host
label=dev.twinhull.job
key_form='[A-Za-z0-9][A-Za-z0-9._-]{0,63}'
newline='
'
unset nonce # so that an inherited export does not pass it to child processes
nonce='' phase=- image=- engine_seen=''
ids=''     # NAME ID of each image built
digests='' # NAME DIGEST of each image pushed: a variable, because a script can write to every file
bases=''   # NAME REFERENCE DIGEST of what each image was built from
programs='' # NAME FINDING of each image whose files were checked

main() {
  trap stop TERM INT
  start
  check_contract
  run tools
  run engine
  engine_seen=1
  sweep_leftovers &
  sweeping=$!
  begin_login &
  run secret
  run clone
  run checkout
  run login
  wait "$sweeping"
  n=1
  while [ "$n" -le "$steps" ]; do
    get_step IMAGE
    image=$value staging=$repository:staging-$value-$suffix-$key
    run build identify_image check_base check_programs
    read_bases
    [ ! -e "$state/programs" ] || programs=$programs$image' '$(cat "$state/programs")$newline
    note_cache
    read -r id digest <"$state/identified"
    get_step VERIFY_COUNT 0
    [ "$value" = 0 ] || run verify
    run push
    read -r digest <"$state/pushed"
    digests=$digests$image' '$digest$newline ids=$ids$image' '$id$newline
    n=$((n + 1))
  done
  finish 0
}
