# The stages in `once` of a recipe, which no commit changes: built once a month, kept in the registry, and passed to
# builds by digest.

# prepare_once_stages ARGUMENT...: writes ARGUMENT=REFERENCE for each such stage of the step to $state/stages. The
# arguments are those of `docker build` that a stage may depend on.
prepare_once_stages() {
  : >"$state/stages"
  get_step ONCE_MONTH "$(date -u +%Y%m)"
  month=$value
  get_step ONCE_COUNT 0
  for i in $(seq 1 "$value"); do
    get_step "ONCE_$i"
    name_stage "${value#*=}" "$@"
    digest=''
    pull_stage || build_stage "$stage" "$@"
    [ -z "$digest" ] || echo "${value%%=*}=$repository@$digest" >>"$state/stages"
  done
  # Their bases are not those of this commit.
  rm -f "$state/bases"
}

# name_stage STAGE ARGUMENT...: sets $stage_image to its tag. The month is part of it, so that a stage gets the updates of
# its base and packages: that of the build, so that its jobs and their retries agree.
name_stage() {
  stage=$1
  stage_image=$({ cat "$dockerfile" && printf '%s\n' "$@"; } | sha256sum | cut -c 1-16)
  stage_image=$repository:cache-$image-$suffix-$month-$stage_image
}

# pull_stage: sets $digest if the registry has the stage. The engine then knows which layers need no upload.
pull_stage() {
  docker pull --platform "$platform" "$stage_image" >"$state/output" 2>&1 || return
  digest=$(sed -nE "s/^Digest: ($sha256)\$/\\1/p" "$state/output")
  remember_stage
  echo "twinhull: the stage $stage is that of $stage_image"
}

# build_stage STAGE ARGUMENT...: sets $digest if the stage could also be pushed; otherwise the build contains it. Its
# context is empty and its base is none, so that it cannot depend on the commit.
build_stage() {
  shift
  rm -rf "$work/empty" && mkdir "$work/empty"
  DOCKER_DEFAULT_PLATFORM=$platform "$work/bin/twinhull-fresh" pull - inline docker build --progress plain "$@" \
    --build-arg "$cache_scope" ${checks:+--build-arg "$checks"} ${base_argument:+--build-arg "$base_argument=scratch"} --target "$stage" --tag "$stage_image" "$work/empty" ||
    fail_step "$?" "docker build of the stage $stage failed"
  remember_stage
  if capture docker push "$stage_image"; then
    digest=$(sed -nE "s/^${stage_image##*:}: digest: ($sha256) size: [0-9]+\$/\\1/p" "$state/output")
  else
    # Another build may have pushed it, to a repository with immutable tags.
    pull_stage || mark note "the stage $stage could not be pushed: the next build builds it again"
  fi
}

# For the clean-up.
remember_stage() { echo "= $(docker image inspect -f '{{.Id}}' "$stage_image") $stage_image" >>"$state/made-once"; }
