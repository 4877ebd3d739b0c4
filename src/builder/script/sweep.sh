# What dead jobs left on the engine.

# Beside the phases that need no engine.
sweep_leftovers() {
  if sweep; then prune_host; else mark note 'could not look for leftovers of dead jobs'; fi
  docker volume ls -q --filter dangling=true --filter label=dev.twinhull.builder | xargs -r docker volume rm >/dev/null 2>&1
}

# Removes what jobs left that were killed. First what is there, only then who is alive, or a job just begun would suffer.
# Another job may remove the same thing meanwhile, which is no trouble: what cannot be read or removed is left to the next
# job, without a word in this one's log.
# Lists hold ids alone: labels, names and environments are text of others, and are quoted by the engine (%q).
sweep() {
  docker ps -aq --no-trunc --filter "label=$label" >"$state/containers" &&
    docker ps -aq --no-trunc --filter label=dev.twinhull.builder --filter status=created >"$state/unstarted" &&
    list_tags >"$state/tags" &&
    docker ps -q --no-trunc >"$state/running" || return
  uuid='[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}'
  xargs -r docker container inspect -f '{{.Id}}{{println}}{{printf "%q" (index .Config.Labels "dev.twinhull.job-key")}}
{{range .Config.Env}}{{printf "%q" .}}{{println}}{{end}}' <"$state/running" 2>/dev/null |
    sed -nE "s/^([0-9a-f]{12})[0-9a-f]{52}\$/\\1/p; s/^\"($key_form)\"\$/\\1/p; s/^\"AWS_BATCH_JOB_ID=($uuid)\"\$/\\1/p" >"$state/live"
  labelled "$label" <"$state/containers" | while read -r thing owner; do
    is_alive "$owner" && continue
    docker rm -fv "$thing" >/dev/null 2>&1 && mark note "swept $thing of the dead job $owner"
  done
  sed -nE "s/^.*:staging-.*-(arm64|amd64)-([0-9a-f]{12}|$uuid-[0-9]+)\$/& \\2/p" "$state/tags" | while read -r thing owner; do
    is_alive "$owner" && continue
    docker rmi "$thing" >/dev/null 2>&1 && mark note "swept $thing of the dead job $owner"
  done
  # Its files, a token among them, wait for a start that never came.
  labelled dev.twinhull.builder <"$state/unstarted" | while read -r thing owner; do
    is_abandoned "$thing" && docker rm -v "$thing" >/dev/null 2>&1 && mark note "swept $thing, which was never started"
  done
  true
}

# On a host of its own, where nothing else removes what builds leave. Images go by the disk alone: the date of one is that
# of its first build, however lately it was used.
prune_host() {
  get DEDICATED_HOST
  [ "$value" = 1 ] && ! grep -Ex -e "$uuid" "$state/live" | grep -Fvxq -e "${key%-*}" || return 0
  docker builder prune -af --filter until=168h >/dev/null
  used=$(df -P / | sed -n '$s/.* \([0-9]*\)% .*/\1/p')
  [ "${used:-0}" -ge 70 ] || return 0
  mark note "the disk is $used % full: removing all images and layers that no container uses"
  docker image prune -af >/dev/null && docker builder prune -af >/dev/null
}

# With the containerd image store a list of all images fails while another job removes one of them.
list_tags() {
  for _ in 1 2 3; do docker image ls --format '{{.Repository}}:{{.Tag}}' && return; done
  false
}

# labelled LABEL: of the containers whose ids come in, those that were created with this label, as `ID VALUE`. A label
# that the image has too came from there.
labelled() {
  format="{{printf \"%q\" (index .Config.Labels \"$1\")}}"
  while read -r thing; do
    made_of=$(timeout 8 docker container inspect -f '{{.Image}}' "$thing" 2>/dev/null) &&
      own=$(timeout 8 docker container inspect -f "$format" "$thing" 2>/dev/null) &&
      inherited=$(timeout 8 docker image inspect -f "$format" "$made_of" 2>/dev/null) || continue
    [ "$own" != "$inherited" ] && is_like "$own" "\"$key_form\"" || continue
    own=${own#?}
    echo "$thing ${own%?}"
  done
}

is_alive() { grep -Fxq -e "$1" -e "${1%-*}" "$state/live"; }

# Created over ten minutes ago: a job is started right after its container is created.
is_abandoned() {
  created=$(docker container inspect -f '{{.Created}}' "$1" 2>/dev/null) && created=${created%%[.Z]*} &&
    created=$(date -u -d "${created%T*} ${created#*T}" +%s) && [ "$(($(date +%s) - created))" -gt 600 ]
}
