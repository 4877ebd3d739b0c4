# Marks, failures, retries, and the end of a job.

mark() {
  read -r uptime _ </proc/uptime
  printf '##twinhull %s %s %s\n' "$nonce" "$uptime" "$(printf %s "$*" | tr '\n\r' '  ')"
}

# run PHASE [MORE...]: in the background, because a shell handles TERM only while it waits. Processes that a part of a
# step leaves running are killed before its results are read; no code of the repository runs before the first step.
run() {
  phase=$1
  shift
  mark begin "$phase" "$image"
  for part in "do_$phase" "$@"; do
    "$part" &
    wait "$!"
    status=$?
    [ "$image" = - ] || kill_rest
    [ "$status" = 0 ] || break
  done
  [ "$status" = 0 ] || [ -e "$state/failed" ] || mark fail "$phase" "$image" phase-killed "$status" "the process of the phase ended unexpectedly"
  mark end "$phase" "$image" "$status"
  [ "$status" = 0 ] || finish "$(exit_code_of "$phase")"
  phase=-
}

# fail REASON EXIT_CODE TEXT: ends the phase and the job.
fail() {
  : >"$state/failed"
  mark fail "$phase" "$image" "$@"
  exit "$2"
}

exit_code_of() {
  code=41
  for name in tools engine secret clone checkout login build verify push; do
    [ "$name" != "$1" ] || echo "$code"
    code=$((code + 1))
  done
}

# The handler of TERM: ends the job immediately.
stop() {
  trap '' TERM INT
  kill_rest
  [ "$phase" = - ] || mark end "$phase" "$image" 143
  mark note terminated
  finish 143
}

# Kills all other processes, and returns when they have ended: one killed during a write still completes it. `true &`
# makes the shell reap children that it did not start.
kill_rest() {
  [ "$$" = 1 ] || kill_below "$$"
  tries=0
  while [ "$$" = 1 ] && kill -s KILL -- -1 2>/dev/null && [ "$tries" -lt 1000 ]; do
    true &
    wait "$!"
    tries=$((tries + 1))
  done
  wait
}

kill_below() {
  # shellcheck disable=SC2013 # splitting the line into words is intended
  for child in $(cat "/proc/$1/task/"*/children 2>/dev/null); do kill_below "$child"; done
  [ "$1" = "$$" ] || kill -s KILL "$1" 2>/dev/null
}

# finish EXIT_CODE: removes everything that the job left, then exits.
finish() {
  trap '' TERM INT
  kill_rest
  # All code of the repository has ended: any such mark that it printed came before these, and the last one counts.
  [ "$1" != 0 ] || printf %s "$digests" | while read -r name digest; do mark pushed "$name" "$digest"; done
  [ "$1" != 0 ] || printf %s "$bases" | while read -r name reference digest; do
    [ -z "$name" ] || mark base "$name" "$reference" "$digest"
  done
  [ "$1" != 0 ] || printf %s "$programs" | while read -r name finding; do mark programs "$name" "$finding"; done
  mark begin cleanup -
  cd /
  [ -z "$engine_seen" ] || remove_leftovers
  erase "$state"/*/ "$state"/*-*
  rm -rf "$work" ${shared:+"$shared"}
  # A request of a killed client can take the engine until now to complete.
  [ "$1$engine_seen" != 1431 ] || remove_leftovers
  rm -rf "$state"
  mark end cleanup - 0
  exit "$1"
}

remove_leftovers() {
  if [ -n "${scripts-}" ]; then
    project=label=com.docker.compose.project=twinhull-$key
    timeout 8 docker ps -aq --filter "$project" | xargs -r timeout 8 docker rm -fv
    timeout 8 docker network ls -q --filter "$project" | xargs -r timeout 8 docker network rm
    timeout 8 docker volume ls -q --filter "$project" | xargs -r timeout 8 docker volume rm -f
  fi
  # Builders that a script created: their containers and volumes.
  for builder in "$state"/docker/buildx/instances/*; do
    [ ! -e "$builder" ] || timeout 8 docker buildx rm -f "${builder##*/}" 2>&1
  done
  timeout 8 docker ps -aq --no-trunc --filter "label=$label=$key" | labelled "$label" | cut -d' ' -f1 |
    xargs -r timeout 8 docker rm -fv
  {
    # By pattern, because a list of all images can fail (list_tags); brackets of an IPv6 address are special in
    # patterns.
    pattern="$(printf %s "$repository" | tr '[]' '??'):staging-*-$suffix-$key"
    timeout 8 docker image ls --filter "reference=$pattern" --format '{{.Repository}}:{{.Tag}}'
    cat "$state"/made* | while read -r is id tag; do
      now=$(timeout 8 docker image inspect -f '{{.Id}}' "$tag") || continue
      # The tag is still as a command left it, or a command that was killed has moved it.
      case $is$now in "!$id") ;; "=$id" | !*) echo "$tag" ;; esac
    done
  } 2>/dev/null | sort -u | xargs -r timeout 8 docker rmi -f
} >/dev/null

erase() {
  find "$@" -type f -exec dd if=/dev/zero of='{}' bs=64k count=1 conv=notrunc ';' 2>/dev/null
  rm -rf "$@"
}

# capture COMMAND...: shows its output, and keeps it for `output_has` to classify failures.
capture() {
  { "$@" 2>&1; echo "$?" >"$state/status"; } | tee "$state/output"
  read -r status <"$state/status"
  return "$status"
}

transient='(http|error:|status:?|code) *(408|429|50[0234])|too ?many ?requests|unavailable|unknown: unknown error'
transient="$transient|unexpected (HTTP )?status.*: (408|429|5[0-9][0-9]) |early EOF|hung up unexpectedly|unexpected disconnect|connection (was )?reset|empty reply"

# How a git server reports too many requests; GitHub does so with 403.
rate_limited='remote: .*(rate limit|too many requests|abuse detection)|error: 429'

# with_retries COMMAND...: captures it, and repeats it after a transient failure. The pause grows; it is longer if the
# git server asked for more in Retry-After.
with_retries() {
  for pause in 1 3 9 ''; do
    capture "$@" && return
    retry_after=$(sed -nE 's/.*<= Recv header: [Rr]etry-[Aa]fter: *([0-9]{1,6})[^0-9]*$/\1/p' "$state/trace" 2>/dev/null | tail -n 1)
    [ -n "$pause" ] && [ "${retry_after:-0}" -lt 1000 ] && { [ -n "$retry_after" ] || output_has "$transient|$rate_limited"; } || return "$status"
    [ "${retry_after:-0}" -le "$pause" ] || pause=$retry_after
    mark note "transient failure: retrying in $pause s"
    sleep "$pause"
  done
}

# output_has PATTERN: whether the captured output matches, in any case of letters.
output_has() { grep -Eiq -e "$1" "$state/output"; }
