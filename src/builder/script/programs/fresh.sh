#!/bin/sh
# fresh.sh pull|as-is CACHE|- max|inline DOCKER ARGUMENT...: runs a BuildKit build. `pull` takes bases from the
# registries as they are now, also those that instructions only copy from or mount. CACHE is the tag of the layer cache,
# which the engine writes after the build (max), or which the new image then contains (inline). Writes to `bases` how
# each base was resolved: REFERENCE DIGEST, or REFERENCE - for an image that only the engine has. Writes to `cache` the
# outcome: used|absent|broken CACHED-STEPS STEPS saved|unsaved|refused|inline, where `refused` is inline after a refusal.
s=/dev/shm/twinhull how=$1 cache=$2 mode=$3 docker=$4
progress=$s/progress.$$ pulled=$s/pulled.$$ rewritten=$s/rewritten.$$ outcome=used
shift 4
build() {
  { { "$docker" "$@" 2>&1 >&3 3>&-; echo "$?" >"$progress.status"; } | tee "$progress" >&2; } 3>&1
  read -r status <"$progress.status"
  return "$status"
}
references() { sed -nE 's/^#[0-9]+ \[internal\] load metadata for ([^ ]+)$/\1/p' "$progress" | sort -u; }
lookup() {
  while read -r name digest; do [ "$name" != "$1" ] || echo "$digest"; done | tail -n 1
}
# As BuildKit printed it, or the pull, or as the engine recorded it at an earlier pull.
digest_of() {
  case $1 in *@*) echo "${1##*@}" && return ;; esac
  digest=$(sed -nE 's/^#[0-9]+ (\[[^]]*\] )?FROM ([^ @]+)@(sha256:[0-9a-f]{64})$/\2 \3/p' "$progress" | lookup "$1")
  [ -n "$digest" ] || digest=$(lookup "$1" <"$pulled")
  [ -n "$digest" ] || digest=$(repository_digest "$1")
  echo "${digest:--}"
}
repository_digest() {
  repository=${1#docker.io/} repository=${repository#library/}
  "$docker" image inspect -f '{{range .RepoDigests}}{{println .}}{{end}}' "$1" 2>/dev/null |
    grep -F "${repository%:*}@" | sed -n '1s/.*@//p'
}
# A base that no registry provides may be an image of the engine. The others are pulled, because BuildKit would
# otherwise use the engine's own copies, which may be outdated.
pull_bases() {
  for reference in $(references); do
    if "$docker" pull ${DOCKER_DEFAULT_PLATFORM:+--platform "$DOCKER_DEFAULT_PLATFORM"} "$reference" >"$pulled.out" 2>&1; then
      sed -n "s|^Digest: |$reference |p" "$pulled.out" >>"$pulled"
    elif "$docker" image inspect "$reference" >/dev/null 2>&1; then
      echo "twinhull: $reference is taken from the engine, because its registry does not provide it" >&2
      echo "$reference" >>"$pulled.not"
      # If the registry answered, the image exists only on this engine: no digest would hold on another one.
      ! grep -Eiq 'not found|denied|unauthorized|manifest unknown' "$pulled.out" || echo "$reference -" >>"$pulled"
    else
      # BuildKit reports the refusal of a registry where the engine reports only its fallback to plain HTTP.
      { echo "$reference" && tail -n 3 "$pulled.out" && tail -n 3 "$progress" | grep -F -e "${reference%%/*}"; } >$s/base-refused
      return 1
    fi
  done
}
# name_file ARGUMENT...: sets $file to the Dockerfile of the build. Builds are left alone if their context is not the last
# word and a folder, if named contexts, which may have the name of an image, the number of a stage or another frontend
# could change their meaning, or if they do not print their steps.
name_file() {
  file='' previous='' before=''
  case ${BUILDKIT_PROGRESS-} in quiet | rawjson) return 1 ;; esac
  for word; do
    before=$previous
    case $previous in -f | --file) file=$word ;; esac
    case $previous=$word in
      *--target=[0-9]* | *=--build-context*) return 1 ;;
      *=-q* | *=--quiet | *=--quiet=* | *--progress=quiet | *--progress=rawjson) return 1 ;;
      *docker/dockerfile*) ;;
      *BUILDKIT_SYNTAX*) return 1 ;;
    esac
    case $word in
      --file=*) file=${word#*=} ;;
      -f?*) file=${word#-f} ;;
    esac
    previous=$word
  done
  case $before in
    *=* | --pull | --no-cache | --rm | --force-rm | --load | --push) ;;
    -*) return 1 ;;
  esac
  [ -d "$word" ] || return 1
  [ -n "$file" ] || { file=$word/Dockerfile && [ -e "$file" ] || file=$word/dockerfile; }
  [ -f "$file" ]
}
# Writes the Dockerfile again with a stage for each image that it copies from or mounts.
add_stages() {
  mkdir "$rewritten" && name_file "$@" && rewrite_file && { [ ! -e "$file.dockerignore" ] || cp "$file.dockerignore" "$rewritten/"; }
}
# rewrite_file [-v VARIABLE]: see stages.awk.
rewrite_file() {
  LC_ALL=C awk -v "file=$file" -v "out=$rewritten/${file##*/}" "$@" -f "${0%/*}/twinhull-stages" 2>/dev/null
}
: >"$pulled"
build_from_bases() {
  pull_and_build "$@"
  while [ -d "$rewritten" ] && { drop_stages || restore_file; }; do pull_and_build "$@"; done
  return "$status"
}
pull_and_build() {
  if [ "$how" = as-is ]; then
    build "$@"
  elif ! build "$@" --pull && grep -q '^ > \[internal\] load metadata for ' "$progress"; then
    pull_bases && build "$@"
  fi
}
# drop_stages: writes the Dockerfile once more if `ONBUILD` instructions were executed in added stages: such a stage has
# more than its FROM. Those images are then named by the digests that BuildKit printed. An image that only the engine has
# is named as before, and the build takes it, and the bases pulled just now, from the engine.
drop_stages() {
  in_stage='s/^#[0-9]+ \[([^] ]+ )?twinhull-from-'
  numbers=$(sed -nE "$in_stage([0-9]+) +([2-9]|[1-9][0-9]+)\/.*/\\2/p" "$progress" | sort -u)
  [ -n "$numbers" ] || return 1
  for number in $numbers; do
    reference=$(sed -nE "$in_stage$number +1\/[0-9]+\] FROM ([^ @]+)(@[^ ]*)?\$/\\2/p" "$progress" | head -n 1)
    digest=$(digest_of "$reference")
    echo "$reference $digest" >>"$rewritten.bases"
    ! grep -Fxqs -e "$reference" "$pulled.not" || digest=- how=as-is
    echo "$number $digest" >>"$rewritten.without"
    echo "twinhull: building again, because $reference has ONBUILD instructions, which do not apply to a copy" >&2
  done
  rewrite_file -v "without_stage=$rewritten.without"
}
# restore_file: takes the Dockerfile as it was if the frontend rejected the new one, before any step and without one that
# failed: its message then has the file's own lines.
restore_file() {
  [ "$status" != 0 ] && [ ! -e "$rewritten.restored" ] && ! grep -Eq '^ > |^#[0-9]+ \[[^]]*[0-9]+/[0-9]+\] ' "$progress" &&
    cat "$file" >"$rewritten/${file##*/}" && : >"$rewritten.restored"
}
# zstd applies to layers that are not in the image as well: those keep their compression, and the registry has them once.
max=mode=max,image-manifest=true,oci-mediatypes=true,compression=zstd,ignore-error=true
build_with_cache() {
  [ ! -e $s/cache-refused ] || mode=inline
  case $mode in
    max) build_cached "$@" --cache-to "type=registry,ref=$cache,$max" ;;
    *) build_cached "$@" --build-arg BUILDKIT_INLINE_CACHE=1 ;;
  esac
  [ "$status" = 0 ] || return
  count_steps
  [ "$saved" != refused ] || is_read "$@" || build_inline "$@"
  [ "$saved" != refused ] || [ -e $s/cache-refused ] || saved=unsaved
  echo "$outcome $hits $total $saved" >>$s/cache
}
build_cached() {
  build_from_bases "$@" --cache-from "$cache" || { cache_failed && outcome=broken && build_from_bases "$@"; }
}
# is_read ARGUMENT...: whether the caller reads the id of the image, which a second build changes.
is_read() { case " $* " in *' -q'* | *' --quiet'* | *' --iidfile'* | *' --metadata-file'*) ;; *) return 1 ;; esac; }
# A registry may accept images, but no such cache. This job then tries no more: its images contain their cache. The steps
# were just executed, so this build takes little time.
build_inline() {
  : >$s/cache-refused
  cp "$progress" "$progress.first"
  build_from_bases "$@" --cache-from "$cache" --build-arg BUILDKIT_INLINE_CACHE=1 && return
  mv "$progress.first" "$progress" && status=0 saved=unsaved
}
# A layer that the cache lists may be missing or damaged, which fails the build when the layer is needed. Not so if a
# program of the Dockerfile failed.
cache_failed() {
  [ ! -s $s/base-refused ] && { imported | grep -q . || ! grep -q '^#[0-9]' "$progress"; } &&
    ! grep -Eq 'did not complete successfully|executor failed running' "$progress" &&
    echo "twinhull: building again without the layer cache $cache" >&2
}
# The lines of the progress about the cache, found by their step number.
imported() { lines_of 'importing cache manifest from .*'; }
lines_of() {
  number=$(sed -nE "s/^(#[0-9]+) $1\$/\\1/p" "$progress" | head -n 1)
  [ -z "$number" ] || grep "^$number " "$progress"
}
count_steps() {
  if imported | grep -q ' ERROR: '; then
    outcome=broken
    ! imported | grep -Eiq ' ERROR: .*(not found|manifest unknown|does not exist)' || outcome=absent
  fi
  # Counts `RUN`, `COPY` and the like, not bases. In a build that succeeded, a step with an error had a cached layer
  # that could not be read, and was then run. BuildKit sometimes does not print CACHED for a step whose layer it pulls.
  numbers=$(sed -nE 's/^(#[0-9]+) \[([^]]* )?[0-9]+\/[0-9]+\] .*/\1 &/p' "$progress" | grep -v '\] FROM ' | cut -d' ' -f1 | sort -u)
  hits=0
  for number in $numbers; do
    if grep -q "^$number ERROR: " "$progress"; then
      outcome=broken
    elif grep -Eq "^$number (CACHED\$|extracting sha256:)" "$progress"; then
      hits=$((hits + 1))
    fi
  done
  total=$(echo "$numbers" | wc -w)
  saved=$mode
  [ "$mode" = inline ] || case $(lines_of 'exporting cache to registry' | grep ' ERROR: ') in
    '') saved=saved ;;
    # Answers that a later attempt gets too; an outage or an expired login leaves the cache of the build before.
    *MANIFEST_INVALID* | *UNSUPPORTED* | *': 400 '* | *': 405 '* | *': 415 '*) saved=refused ;;
    *) saved=unsaved ;;
  esac
}
if [ "$how" = pull ]; then
  if add_stages "$@"; then set -- "$@" --file "$rewritten/${file##*/}"; else rm -rf "$rewritten"; fi
fi
if [ "$cache" = - ]; then build_from_bases "$@"; else build_with_cache "$@"; fi
[ "$status" != 0 ] || {
  cat "$rewritten.bases" 2>/dev/null
  for reference in $(references); do
    # Newer versions of BuildKit print what drop_stages named by its digest.
    grep -Fxqs -e "${reference%@*} ${reference##*@}" "$rewritten.bases" || echo "$reference $(digest_of "$reference")"
  done
} >>$s/bases
rm -rf "$progress" "$progress".* "$pulled" "$pulled".* "$rewritten" "$rewritten".*
exit "$status"
