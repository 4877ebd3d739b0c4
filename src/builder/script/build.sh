# Phase build.

do_build() {
  cd "$source" || exit
  refresh_login
  rm -f "$state/bases" "$state/base-refused" "$state/cache"
  fresh_program >"$work/bin/twinhull-fresh"
  stages_program >"$work/bin/twinhull-stages"
  chmod +x "$work/bin/twinhull-fresh"
  get_step FROM_ARG
  base_argument=$value base=''
  get_step FROM
  [ -z "$value" ] || base=$(printf %s "$digests" | while read -r name digest; do
    [ "$name" != "$value" ] || echo "$repository@$digest"
  done)
  get_step KIND
  "build_$value"
}

# Collects the bases that the step was built from. Earlier images of the job are left out: each platform has its own.
read_bases() {
  [ -e "$state/bases" ] || return 0
  bases=$bases$(LC_ALL=C grep -Ex -e "[]A-Za-z0-9._:/@[-]{1,400} ($sha256|-)" "$state/bases" | sort -u | head -n 50 |
    while read -r reference digest; do
      case $reference in "$repository"@*) ;; *) echo "$image $reference $digest" ;; esac
    done)$newline
}

# name_cache: sets $cache to the tag of the step's layer cache, or `-`. For a script, the cache is on unless the value
# is 0.
name_cache() {
  get_step KIND
  case $value in script) get_step CACHE 1 ;; *) get_step CACHE ;; esac
  cache=-
  [ "$value" != 1 ] || cache=$repository:cache-$image-$suffix
}

# find_cache_mode: sets $mode to how the engine writes a layer cache: `max`, with all stages, which engines with the
# containerd image store can from version 25 on, or `inline`.
find_cache_mode() {
  mode=inline
  [ "$cache" != - ] && client=$(docker --version) && client=${client#Docker version } && [ "${client%%.*}" -ge 23 ] 2>/dev/null &&
    about=$(docker info -f '{{.ServerVersion}} {{json .DriverStatus}}' 2>/dev/null) && [ "${about%%.*}" -ge 25 ] 2>/dev/null || return 0
  case $about in *io.containerd.snapshotter.*) mode=max ;; esac
}

# Reports once for each image how many steps came from the cache, and a cache that could not be used. A script may run
# several builds.
note_cache() {
  outcome=absent hits=0 total=0
  [ ! -e "$state/cache" ] || while read -r result cached all _; do
    is_like "$cached $all" '[0-9]{1,4} [0-9]{1,4}' || continue
    hits=$((hits + cached)) total=$((total + all))
    case $outcome.$result in *.broken | absent.used) outcome=$result ;; esac
  done <"$state/cache"
  [ "$outcome" != broken ] || mark note "the layer cache cache-$image-$suffix could not be used: built without it"
  [ "$total" = 0 ] || mark cache "$image" "$outcome" "$hits" "$total"
}

# Records the image's id, which later phases use: its tag may move on the engine or in the registry.
identify_image() {
  digest=''
  get_step KIND
  [ "$value" = dockerfile ] || pull_pushed
  built=$(inspect '{{.Os}}/{{.Architecture}}' "$staging") || fail step-failed "$?" "the engine has no image $staging"
  [ "$built" = "$platform" ] || fail wrong-platform 1 "the image is for $built$(likely_cause)"
  id=$(docker image inspect -f '{{.Id}}' "$staging") && echo "$id $digest" >"$state/identified"
  [ "$n" != "$steps" ] || forget_logins
}

# Pulls the image that a script pushed, by the digest that its tag had right after the push.
pull_pushed() {
  reference=$staging
  get_step SCRIPT
  script=$value
  read -r status <"$state/status"
  [ "$status" = 0 ] || check_registry_reachable || fail push-refused "$status" "$script could not push"
  [ ! -s "$state/pushed" ] || read -r digest <"$state/pushed"
  ! is_like "$digest" "$sha256" || reference=$repository@$digest
  with_retries docker pull --platform "$platform" "$reference" || {
    ! output_has 'not (match|provide) the specified platform|no match for platform' ||
      fail wrong-platform 1 "$script pushed an image for another platform"
    check_registry_reachable || fail not-pushed "$status" "$script did not push $staging"
  }
  digest=$(sed -nE "s/^Digest: ($sha256)\$/\\1/p" "$state/output")
  docker tag "$repository@$digest" "$staging" || fail not-pushed "$?" "the engine has no image $repository@$digest"
}

# inspect FORMAT IMAGE: selects the job's platform if an index has several. Clients before version 28 cannot select one.
inspect() {
  docker image inspect --platform "$platform" -f "$1" "$2" 2>/dev/null || docker image inspect -f "$1" "$2"
}

build_dockerfile() {
  name_dockerfile
  note_fixed_platform
  note_ssh_mounts
  set -- --platform "$platform" --file "$dockerfile"
  read -r engine <"$state/engine"
  # BuildKit sets these itself, but an ARG with a default would override that.
  set -- "$@" --build-arg "TARGETPLATFORM=$platform" --build-arg TARGETOS=linux --build-arg "TARGETARCH=$suffix" \
    --build-arg TARGETVARIANT= --build-arg "BUILDPLATFORM=$engine" --build-arg BUILDOS=linux \
    --build-arg "BUILDARCH=${engine#*/}" --build-arg BUILDVARIANT=
  for proxy in HTTP_PROXY HTTPS_PROXY NO_PROXY http_proxy https_proxy no_proxy; do set -- "$@" --build-arg "$proxy"; done
  get_step BUILD_ARG_COUNT 0
  for i in $(seq 1 "$value"); do
    get_step "BUILD_ARG_$i"
    set -- "$@" --build-arg "$value"
  done
  # BuildKit warns of a base argument without a default. A file of the repository chooses its checks itself.
  get_step DOCKERFILE_INLINE
  checks=${value:+BUILDKIT_DOCKERFILE_CHECK=skip=InvalidDefaultArgInFrom}
  prepare_once_stages "$@"
  while read -r pair; do set -- "$@" --build-arg "$pair"; done <"$state/stages"
  get_step TARGET
  set -- "$@" --build-arg "$cache_scope" --tag "$staging" ${value:+--target "$value"} ${base:+--build-arg "$base_argument=$base"} ${checks:+--build-arg "$checks"}
  get_step SECRET_COUNT 0
  for i in $(seq 1 "$value"); do
    take_secret "$i"
    set -- "$@" --secret "id=$secret,src=$state/secrets/$secret"
  done
  name_cache
  get_step CONTEXT .
  find_inside "$value"
  find_cache_mode
  DOCKER_DEFAULT_PLATFORM=$platform "$work/bin/twinhull-fresh" pull "$cache" "$mode" docker build --progress plain "$@" "$found" ||
    fail_step "$?" 'docker build failed'
  erase_secrets
}

# fail_step EXIT_CODE TEXT: reports the base instead if the build failed to pull it.
fail_step() {
  [ -s "$state/base-refused" ] || fail step-failed "$@"
  read -r reference <"$state/base-refused"
  mv "$state/base-refused" "$state/output"
  registry=${reference%%/*}
  ! output_has 'no match(ing manifest)? for' || fail wrong-platform "$1" "the base $reference has no image for $platform"
  ! output_has 'toomanyrequests|too many requests|rate limit' || fail base-limited "$1" "$registry limits pulls and refused the base $reference"
  ! output_has 'unauthorized|denied|authentication required|no basic auth|authorization failed| 40[13] ' ||
    fail base-refused "$1" "$registry denies this job the base $reference"
  ! output_has 'not found|manifest unknown' || fail base-missing "$1" "$registry has no base $reference"
  fail base-unreachable "$1" "the engine could not pull the base $reference from $registry"
}

# name_dockerfile: sets $dockerfile to its path.
name_dockerfile() {
  dockerfile=$work/Dockerfile
  get_step DOCKERFILE_INLINE
  if [ -n "$value" ]; then
    case $value in *'COPY --link '*) drop_link ;; esac
    printf '%s\n' "$value" >"$dockerfile"
  else
    get_step DOCKERFILE
    # As docker build does: falls back to the name in lower case.
    case /$value in */Dockerfile) [ -e "$value" ] || [ ! -e "${value%Dockerfile}dockerfile" ] || value=${value%Dockerfile}dockerfile ;; esac
    find_inside "$value"
    dockerfile=./$value
    [ ! -L "$value" ] || copy_dockerfile
  fi
}

# Engines before version 23 reject this option, which does not change the files of the image.
drop_link() {
  server=$(docker version -f '{{.Server.Version}}')
  [ "${server%%.*}" -ge 23 ] || value=$(printf %s "$value" | sed 's/^COPY --link /COPY /')
}

# Docker follows a link to a Dockerfile only within one folder. The ignore file is named after the link.
copy_dockerfile() {
  dockerfile=$work/linked/${value##*/}
  rm -rf "$work/linked"
  mkdir "$work/linked" && cat "$found" >"$dockerfile" || fail script-missing "$?" "$value cannot be read"
  ignored=$value.dockerignore
  [ -e "$ignored" ] || ignored=$found.dockerignore
  [ ! -e "$ignored" ] || { find_inside "$ignored" && cat "$found" >"$dockerfile.dockerignore"; }
}

# find_inside PATH: sets $found to its real path. A path that leads out of the repository counts as missing.
find_inside() {
  found=$(realpath "$1" 2>/dev/null)
  case $found/ in "$(pwd -P)"/*) [ -e "$found" ] && return ;; esac
  fail script-missing 1 "the commit has no $1"
}

# take_secret I: sets $secret to the id of the step's secret number I, whose file is then in $state/secrets.
take_secret() {
  get_step "SECRET_$1"
  secret=$value
  get_step "SECRET_${1}_ID"
  [ -z "$value" ] || read_secret "$value" "$state/secrets/$secret"
  [ -e "$state/secrets/$secret" ] || fail secret-unreadable 1 "the secret $secret was not provided"
}

# Erases the secrets if no later step needs one.
erase_secrets() {
  for later in $(seq "$((n + 1))" "$steps"); do
    get "STEP_${later}_SECRET_COUNT" 0
    [ "$value" = 0 ] || return 0
  done
  erase "$state/secrets"
}

build_script() {
  get_step SCRIPT
  find_inside "$value"
  script=$value
  name_cache
  find_cache_mode
  write_shims
  set -- ${base:+"$base_argument=$base"}
  get_step ENV_COUNT 0
  for i in $(seq 1 "$value"); do
    get_step "ENV_$i"
    name=${value%%=*} value=${value#*=}
    fill_in
    set -- "$@" "$name=$value"
  done
  get_step SECRET_COUNT 0
  for i in $(seq 1 "$value"); do
    take_secret "$i"
    set -- "$@" "TWINHULL_SECRET_$(printf %s "$secret" | tr '[:lower:].-' '[:upper:]__')=$state/secrets/$secret"
  done
  set -- "$@" "PATH=$work/bin:$PATH" "DOCKER_DEFAULT_PLATFORM=$platform" "COMPOSE_PROJECT_NAME=twinhull-$key" \
    ${shared:+"TMPDIR=$shared/tmp"} bash "./$script"
  get_step ARG_COUNT 0
  for i in $(seq 1 "$value"); do
    get_step "ARG_$i"
    fill_in
    set -- "$@" "$value"
  done
  env "$@" || {
    failed=$?
    read -r status <"$state/status" # that of its last push
    [ "$status" = 0 ] || check_registry_reachable
    fail_step "$failed" "$script failed"
  }
  erase_secrets
}

# Replaces $value if it is a placeholder.
fill_in() {
  case $value in
    '{tag}') value=${staging##*:} ;;
    '{repository}') value=$path ;;
    '{region}') value=$region ;;
    '{commit}') value=$commit ;;
    '{registry}') value=$host ;;
  esac
}

# Writes the programs that a repository's script finds first in its PATH.
write_shims() {
  echo 0 >"$state/status"
  rm -f "$state/pushed"
  printf '%s\n' "$(command -v docker)" "$staging" "$host" "$path" "$kind" "$label=$key" "$shared" \
    "$cache_scope" "$cache" "$mode" >"$state/job"
  docker_program >"$work/bin/docker"
  [ "$kind" = ecr ] || aws_program >"$work/bin/aws"
  chmod +x "$work/bin/"*
}
