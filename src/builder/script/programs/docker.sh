#!/bin/sh
# Replaces docker: pushes only this job's staging tag, because the other platform's script would push the same tags.
s=/dev/shm/twinhull
{ read -r docker; read -r staging; read -r host; read -r _; read -r kind; read -r label; read -r shared; read -r scope; read -r layer_cache; read -r mode; } <$s/job
skipped() { echo "twinhull: $* skipped: this job pushes $staging" >&2; }
key=${label#*=} builders=$s/docker/buildx/instances
# builder_of_job NAME: the real name of a builder that this job created; it carries the job key.
builder_of_job() { if [ -n "$1" ] && [ -e "$builders/$1-$key" ]; then echo "$1-$key"; else echo "$1"; fi; }
# The engine resolves bind mounts on its host, where only the checkout exists at the same path as in this container.
check_mount() {
  case $1 in
    *type=bind*) from=$(echo ",$1" | sed -nE 's/.*,(source|src)=([^,]*).*/\2/p') ;;
    *:*) from=${1%%:*} ;;
    *) return ;;
  esac
  case $from in /dev/shm/twinhull*) ;; */docker.sock | /dev/* | /proc | /proc/* | /sys | /sys/*) return ;; [/.]*) ;; *) return ;; esac
  real=$(realpath "$from" 2>/dev/null || echo "$from")
  [ -z "$shared" ] || case $real/ in "$shared"/*) return ;; esac
  echo "twinhull: $from cannot be mounted: the engine's host has of this container only ${shared:-nothing}" >&2
  exit 125
}
# check_compose WORD...: the same for the mounts of the services that compose is about to start.
check_compose() {
  words='' services='' count=0
  for word; do
    shift
    count=$((count + 1))
    if [ "$count" -lt "$place" ]; then set -- "$@" "$word"; else words="$words $word"; fi
  done
  known=" $("$docker" "$@" --profile '*' config --services 2>/dev/null </dev/null | tr '\n' ' ')"
  set -f
  for word in $words; do
    case $known in *" $word "*) services="$services $word" ;; *) continue ;; esac
    [ "$verb" != 'compose run' ] || break
  done
  # shellcheck disable=SC2086 # names of services are words
  "$docker" "$@" ${services:+--profile '*'} config $services 2>/dev/null </dev/null |
    sed -n '/^ *- type: bind$/{n;s/^ *source: //p;}' >"$s/mounts.$$"
  set +f
  while read -r from; do check_mount "$from:"; done <"$s/mounts.$$"
  rm "$s/mounts.$$"
}
BUILDX_BUILDER=$(builder_of_job "${BUILDX_BUILDER-}")
# Records the digest of the staging tag right after a push: as docker push printed it, or else from a pull.
note_push() {
  d=$(sed -n 's/^.*: digest: \(sha256:[0-9a-f]*\) size: [0-9]*$/\1/p' $s/output)
  [ -n "$d" ] || d=$("$docker" pull "$staging" 2>/dev/null | sed -n 's/^Digest: //p')
  echo "$d" >$s/pushed
}
id_of() { id=$("$docker" image inspect -f '{{.Id}}' "$1" 2>/dev/null) && echo "$id" || echo -; }
# Remembers a tag for the clean-up; text that docker would refuse as a tag is data of the script.
remember() { case $1 in *[!A-Za-z0-9._:/@-]*) ;; *) tags="$tags $1,$(id_of "$1")" ;; esac; }
verb='' skip='' tags='' pushing='' target='' bake='' running='' fresh='' cache=- platform='' place=0
for word; do
  place=$((place + 1)) # of the subcommand
  [ -z "$skip" ] || { skip=''; continue; }
  case $word in
    --config | -c | --context | -H | --host | -l | --log-level | --tlscacert | --tlscert | --tlskey | --builder | -f) skip=1 ;;
    --file | -p | --project-name | --project-directory | --profile | --env-file | --ansi | --parallel | --progress) skip=1 ;;
    -* | image | container | builder) ;;
    buildx | imagetools | manifest | compose) verb="$verb$word " ;;
    *) verb=$verb$word; break ;;
  esac
done
case " $* " in *' --push '* | *' --push=true '* | *type=registry* | *push=true*) pushing=1 ;; esac
case "$verb $kind $*" in
  push\ *)
    for word; do
      case $word in -a | --all-tags) exec >&2; skipped "$*"; exit 1 ;; -* | linux/*) ;; *) target=$word ;; esac
    done
    [ "$target" = "$staging" ] || { skipped "push of $target"; exit; }
    { { "$docker" "$@" 2>&1 >&3 3>&-; echo "$?" >$s/status; } | tee $s/output >&2; } 3>&1
    read -r status <$s/status
    [ "$status" != 0 ] || note_push
    exit "$status" ;;
  'compose up '* | 'compose run '* | 'compose create '*)
    # A file from standard input can be read only once: by the command itself.
    case " $* " in *' -f - '* | *' --file - '* | *' -f- '* | *' -f=- '* | *' --file=- '*) ;; *) check_compose "$@" ;; esac ;;
  'manifest push '* | 'compose push '* | 'buildx imagetools create '*) skipped "$verb"; exit ;;
  'buildx bake '*)
    [ -z "$pushing" ] || { skipped "$verb --push"; exit 1; }
    bake="*.platform=${DOCKER_DEFAULT_PLATFORM-}" ;;
  'login oci '*"$host"* | 'logout '*"$host"*)
    case $* in *password-stdin*) cat >/dev/null ;; esac
    echo 'Login Succeeded'
    exit ;;
  'tag '*)
    for tag; do :; done
    remember "$tag" ;;
  'load '* | 'import '* | 'commit '*) : >$s/loaded ;;
  'build '* | 'buildx build '*)
    # BuildKit sets these arguments, but a default in the Dockerfile would override them.
    case "${DOCKER_BUILDKIT-} $* " in '0 '* | *' --platform'*) ;; *) platform=${DOCKER_DEFAULT_PLATFORM-} ;; esac
    case $platform in linux/arm64 | linux/amd64) read -r engine <$s/engine ;; *) platform='' ;; esac
    # A registry may have an image with the same name as one that the script made: after that, bases are not pulled.
    fresh=pull
    case " $* " in *' - '* | *' -- '* | *' --pull'*) fresh=as-is ;; esac
    [ ! -s $s/made ] && [ ! -e $s/loaded ] && [ "${DOCKER_BUILDKIT-}" != 0 ] || fresh=as-is
    # Standard input cannot be read a second time, and other builders have caches of their own.
    case " $* " in
      *' - '* | *' -- '* | *' --no-cache'* | *' --cache-'* | *' --builder'* | *=BUILDKIT_INLINE_CACHE=* | *' BUILDKIT_INLINE_CACHE='*) ;;
      *) [ "${DOCKER_BUILDKIT-}" = 0 ] || [ "${BUILDX_BUILDER:-default}" != default ] || cache=$layer_cache ;;
    esac ;;
esac
left=$#
while [ "$left" -gt 0 ]; do
  word=$1 tag='' left=$((left - 1))
  shift
  case $verb:$word in
    'buildx create:--name') set -- "$@" "$word" "$1-$key"; left=$((left - 1)); shift; continue ;;
    'buildx create:--name='*) word=$word-$key ;;
    *:--builder=*) word=--builder=$(builder_of_job "${word#*=}") ;;
    buildx*) word=$(builder_of_job "$word") ;;
  esac
  case $verb:$word in
    *build:-t | *build:--tag) tag=$1 left=$((left - 1)); shift ;;
    *build:--tag=*) tag=${word#--tag=} ;;
    *build:-t?*) tag=${word#-t} ;;
    *build:build)
      set -- "$@" "$word" ${scope:+--build-arg "$scope"}
      [ -z "$platform" ] || set -- "$@" --build-arg "TARGETPLATFORM=$platform" --build-arg TARGETOS=linux \
        --build-arg "TARGETARCH=${platform#*/}" --build-arg TARGETVARIANT= --build-arg "BUILDPLATFORM=$engine" \
        --build-arg BUILDOS=linux --build-arg "BUILDARCH=${engine#*/}" --build-arg BUILDVARIANT=
      scope='' platform=''
      continue ;;
    'buildx bake:bake') [ "$bake" = '*.platform=' ] || { set -- "$@" "$word" --set "$bake"; verb=''; continue; } ;;
    run:run | create:create) set -- "$@" "$word" --label "$label"; verb='' running=1; continue ;;
    'compose run:run') verb='' running=1 ;;
    :-v | :--volume | :--mount) [ -z "$running" ] || check_mount "${1-}" ;;
    :--volume=* | :--mount=*) [ -z "$running" ] || check_mount "${word#*=}" ;;
    :-v?*) [ -z "$running" ] || check_mount "${word#-v}" ;;
  esac
  if [ -z "$tag" ]; then
    set -- "$@" "$word"
  elif [ -z "$pushing" ] || [ "$tag" = "$staging" ]; then
    remember "$tag"
    set -- "$@" -t "$tag"
  else
    skipped "push of $tag"
  fi
done
set -- "$docker" "$@"
# Several builds of a script would overwrite a cache that is not in their images: only that of the job's image writes it.
case "$tags " in *" $staging,"*) ;; *) mode=inline ;; esac
[ -z "$fresh" ] || set -- "${0%/*}/twinhull-fresh" "$fresh" "$cache" "$mode" "$@"
[ -n "$tags" ] || exec "$@"
: >$s/output
# For the clean-up: the tags' images before the build, then the tags that are new or have moved.
for tag in $tags; do echo "! ${tag##*,} ${tag%,*}"; done >"$s/made.$$"
"$@"
status=$?
for tag in $tags; do
  id=$(id_of "${tag%,*}")
  [ "$id" = "${tag##*,}" ] || echo "= $id ${tag%,*}" >>$s/made
done
rm "$s/made.$$"
case "$status$pushing $tags" in "01 "*" $staging,"*) note_push ;; esac
exit "$status"
