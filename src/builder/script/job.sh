# Marks, failures, what is watched and asked again, and the end of a job.

mark() {
  read -r uptime _ </proc/uptime
  printf '##twinhull %s %s %s\n' "$nonce" "$uptime" "$(printf %s "$*" | tr '\n\r' '  ')"
}

# run PHASE [MORE...]: in the background, because a shell heeds TERM only while it waits. What a part of a step leaves running
# is killed before anything that it left is read; before the first step no code of the repository runs.
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
  [ "$status" = 0 ] || [ -e "$state/failed" ] || mark fail "$phase" "$image" phase-killed "$status" "it ended unexpectedly"
  mark end "$phase" "$image" "$status"
  [ "$status" = 0 ] || finish "$(exit_code_of "$phase")"
  phase=-
}

# fail REASON EXIT_CODE TEXT: ends the phase, and with it the job.
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

# On TERM, at once.
stop() {
  trap '' TERM INT
  kill_rest
  [ "$phase" = - ] || mark end "$phase" "$image" 143
  mark note terminated
  finish 143
}

# Ends when they are gone: one that was killed in the midst of a write still finishes it. `true &` has the shell reap
# children that it does not know.
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
  # shellcheck disable=SC2013 # the words of one line are meant
  for child in $(cat "/proc/$1/task/"*/children 2>/dev/null); do kill_below "$child"; done
  [ "$1" = "$$" ] || kill -s KILL "$1" 2>/dev/null
}

# finish EXIT_CODE: leaves nothing of the job behind, whatever happened.
finish() {
  trap '' TERM INT
  kill_rest
  # No code of the repository runs any more: what it printed as such a mark came before these, and the last one counts.
  [ "$1" != 0 ] || printf %s "$digests" | while read -r name digest; do mark pushed "$name" "$digest"; done
  [ "$1" != 0 ] || printf %s "$bases" | while read -r name reference digest; do
    [ -z "$name" ] || mark base "$name" "$reference" "$digest"
  done
  mark begin cleanup -
  cd /
  [ -z "$engine_seen" ] || remove_leftovers
  erase "$state"/*/ "$state"/*-*
  rm -rf "$work" ${shared:+"$shared"}
  # Only now may the engine be done with what a killed client had asked for.
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
  # Builders that a script created: their containers and volumes, by their names.
  for builder in "$state"/docker/buildx/instances/*; do
    [ ! -e "$builder" ] || timeout 8 docker buildx rm -f "${builder##*/}" 2>&1
  done
  timeout 8 docker ps -aq --no-trunc --filter "label=$label=$key" | labelled "$label" | cut -d' ' -f1 |
    xargs -r timeout 8 docker rm -fv
  {
    # By a pattern, for which brackets of an IPv6 address have a meaning; a list of all images may fail (list_tags).
    pattern="$(printf %s "$repository" | tr '[]' '??'):staging-*-$suffix-$key"
    timeout 8 docker image ls --filter "reference=$pattern" --format '{{.Repository}}:{{.Tag}}'
    cat "$state"/made* | while read -r is id tag; do
      now=$(timeout 8 docker image inspect -f '{{.Id}}' "$tag") || continue
      # Still what a command made of it, or no more what it was before one that was cut short.
      case $is$now in "!$id") ;; "=$id" | !*) echo "$tag" ;; esac
    done
  } 2>/dev/null | sort -u | xargs -r timeout 8 docker rmi -f
} >/dev/null

erase() {
  find "$@" -type f -exec dd if=/dev/zero of='{}' bs=64k count=1 conv=notrunc ';' 2>/dev/null
  rm -rf "$@"
}

# watched COMMAND...: shows its output, and keeps it for `said` to tell failures apart.
watched() {
  { "$@" 2>&1; echo "$?" >"$state/status"; } | tee "$state/output"
  read -r status <"$state/status"
  return "$status"
}

passing='(http|error:|status:?|code) *(408|429|50[0234])|too ?many ?requests|unavailable|unknown: unknown error'
passing="$passing|unexpected (HTTP )?status.*: (408|429|5[0-9][0-9]) |early EOF|hung up unexpectedly|unexpected disconnect|connection (was )?reset|empty reply"

# What a git server says of too many requests, GitHub with 403.
limited='remote: .*(rate limit|too many requests|abuse detection)|error: 429'

# patiently COMMAND...: watched, and the same again while the other side has passing trouble, after a pause that grows or
# that git was asked for.
patiently() {
  for pause in 1 3 9 ''; do
    watched "$@" && return
    asked=$(sed -nE 's/.*<= Recv header: [Rr]etry-[Aa]fter: *([0-9]{1,6})[^0-9]*$/\1/p' "$state/trace" 2>/dev/null | tail -n 1)
    [ -n "$pause" ] && [ "${asked:-0}" -lt 1000 ] && { [ -n "$asked" ] || said "$passing|$limited"; } || return "$status"
    [ "${asked:-0}" -le "$pause" ] || pause=$asked
    mark note "passing trouble: again in $pause s"
    sleep "$pause"
  done
}

said() { grep -Eiq -e "$1" "$state/output"; }
