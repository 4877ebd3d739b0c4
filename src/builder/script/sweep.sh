# Removes what dead jobs left on the engine.

# Runs in parallel with the phases that do not need the engine.
sweep_leftovers() {
  if sweep; then prune_host; else mark note 'could not list leftovers of dead jobs'; fi
  docker volume ls -q --filter dangling=true --filter label=dev.twinhull.builder | xargs -r docker volume rm >/dev/null 2>&1
}

# Lists leftovers first and live jobs second, or a job that starts in between would lose its own containers. Another job
# may remove the same item at the same time: what cannot be read or removed is left to the next job, without a note.
# Lists contain only ids. Labels, names and environments are untrusted text, which the engine quotes (%q).
sweep() {
  uuid='[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}'
  docker ps -aq --no-trunc --filter "label=$label" >"$state/containers" &&
    docker ps -aq --no-trunc --filter label=dev.twinhull.builder --filter status=created >"$state/unstarted" &&
    list_tags >"$state/tags" &&
    list_folders >"$state/folders" &&
    docker ps -q --no-trunc >"$state/running" || return
  xargs -r docker container inspect -f '{{.Id}}{{println}}{{printf "%q" (index .Config.Labels "dev.twinhull.job-key")}}
{{range .Config.Env}}{{printf "%q" .}}{{println}}{{end}}' <"$state/running" 2>/dev/null |
    sed -nE "s/^([0-9a-f]{12})[0-9a-f]{52}\$/\\1/p; s/^\"($key_form)\"\$/\\1/p; s/^\"AWS_BATCH_JOB_ID=($uuid)\"\$/\\1/p" >"$state/live"
  labelled "$label" <"$state/containers" | while read -r item owner; do
    is_alive "$owner" && continue
    docker rm -fv "$item" >/dev/null 2>&1 && mark note "removed $item, left by the dead job $owner"
  done
  sed -nE "s/^.*:staging-.*-(arm64|amd64)-([0-9a-f]{12}|$uuid-[0-9]+)\$/& \\2/p" "$state/tags" | while read -r item owner; do
    is_alive "$owner" && continue
    docker rmi "$item" >/dev/null 2>&1 && mark note "removed $item, left by the dead job $owner"
  done
  # A container that never started still holds the files of its job, a token among them.
  labelled dev.twinhull.builder <"$state/unstarted" | while read -r item owner; do
    is_abandoned "$item" && docker rm -v "$item" >/dev/null 2>&1 && mark note "removed $item, which was never started"
  done
  # A list of live jobs that lacks this job is incomplete.
  ! is_alive "$key" || while read -r owner; do
    is_alive "$owner" && continue
    rm -rf "${shared%/*}/${owner:?}" 2>/dev/null && mark note "removed the folder of the dead job $owner"
  done <"$state/folders"
  true
}

# On a dedicated host, nothing else removes what builds leave. Images are removed by disk usage, not by age: their date
# is that of their first build, not of their last use.
prune_host() {
  get DEDICATED_HOST
  [ "$value" = 1 ] && ! grep -Ex -e "$uuid" "$state/live" | grep -Fvxq -e "${key%-*}" || return 0
  docker builder prune -af --filter until=168h >/dev/null
  used=$(df -P / | sed -n '$s/.* \([0-9]*\)% .*/\1/p')
  [ "${used:-0}" -ge 70 ] || return 0
  mark note "the disk is $used % full: removing all images and layers that no container uses"
  docker image prune -af >/dev/null && docker builder prune -af >/dev/null
}

# With the containerd image store, listing all images fails while another job removes one of them.
list_tags() {
  for _ in 1 2 3; do docker image ls --format '{{.Repository}}:{{.Tag}}' && return; done
  false
}

# Folders of jobs on AWS Batch, which share a folder of their host. On a Docker Engine each job has a volume.
list_folders() {
  # shellcheck disable=SC2010 # names of jobs contain no newline, and a part of another name is no existing folder
  [ -z "$shared" ] || ls -A "${shared%/*}" | grep -Ex -e "$uuid-[0-9]+" || true
}

# labelled LABEL: reads container ids, and prints `ID VALUE` for those created with this label. A label with the same
# value in the image is the image's.
labelled() {
  format="{{printf \"%q\" (index .Config.Labels \"$1\")}}"
  while read -r item; do
    made_of=$(timeout 8 docker container inspect -f '{{.Image}}' "$item" 2>/dev/null) &&
      own=$(timeout 8 docker container inspect -f "$format" "$item" 2>/dev/null) &&
      inherited=$(timeout 8 docker image inspect -f "$format" "$made_of" 2>/dev/null) || continue
    [ "$own" != "$inherited" ] && is_like "$own" "\"$key_form\"" || continue
    own=${own#?}
    echo "$item ${own%?}"
  done
}

is_alive() { grep -Fxq -e "$1" -e "${1%-*}" "$state/live"; }

# Created more than ten minutes ago: a job normally starts right after its container is created.
is_abandoned() {
  created=$(docker container inspect -f '{{.Created}}' "$1" 2>/dev/null) && created=${created%%[.Z]*} &&
    created=$(date -u -d "${created%T*} ${created#*T}" +%s) && [ "$(($(date +%s) - created))" -gt 600 ]
}
