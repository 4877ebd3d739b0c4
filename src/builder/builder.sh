#!/bin/sh
# The builder: builds, verifies and pushes one platform's images of one commit. contract.ts tells what goes in and what
# comes out. Made to be PID 1 of its own container, in dash or BusyBox ash, with BusyBox's tools or better. What comes
# from outside is data: read with printenv, checked, handed on as one quoted word.
#
# shellcheck disable=SC2317 # phases and kinds of steps are called by name, which ShellCheck takes for unreachable
# shellcheck disable=SC2015 # in `a && b || fail` the failure of either is meant
set -u
exec 2>&1

inbox=/run/twinhull     # what the orchestrator put into the container
state=/dev/shm/twinhull # secrets, and what phases leave for later ones: in memory, never on a disk
work=/tmp/twinhull      # the checkout, and programs of ours (/dev/shm is mounted noexec)
source=$work/source
label=dev.twinhull.job
newline='
'
unset nonce # or an inherited export would hand it on
nonce='' phase=- image=- engine_seen=''

main() {
  trap stop TERM INT
  start
  check_contract
  run tools
  run engine
  engine_seen=1
  run secret
  run clone
  run checkout
  run login
  n=1
  while [ "$n" -le "$steps" ]; do
    get_step IMAGE
    image=$value staging=$repository:staging-$value-$suffix-$key
    run build
    get_step VERIFY_COUNT 0
    [ "$value" = 0 ] || run verify
    run push
    n=$((n + 1))
  done
  finish 0
}

# --- Marks, failures, the end ---

mark() {
  read -r uptime _ </proc/uptime
  printf '##twinhull %s %s %s\n' "$nonce" "$uptime" "$*"
}

# run PHASE: in the background, because a shell heeds TERM only while it waits.
run() {
  phase=$1
  mark begin "$phase" "$image"
  "do_$phase" &
  wait "$!"
  status=$?
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

kill_rest() {
  if [ "$$" = 1 ]; then kill -s KILL -- -1 2>/dev/null; else kill_below "$$"; fi
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
  mark begin cleanup -
  cd /
  [ -z "$engine_seen" ] || remove_leftovers
  erase "$state"/*/ "$state"/*-*
  rm -rf "$work"
  # Only now may the engine be done with what a killed client had asked for.
  [ "$1$engine_seen" != 1431 ] || remove_leftovers
  rm -rf "$state"
  mark end cleanup - 0
  exit "$1"
}

remove_leftovers() {
  timeout 8 docker ps -aq --filter "label=$label=$key" | xargs -r timeout 8 docker rm -fv
  {
    timeout 8 docker image ls --format '{{.Repository}}:{{.Tag}}' | grep -e ":staging-.*-$suffix-$key\$"
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

said() { grep -Eiq -e "$1" "$state/output"; }

# --- The contract ---

start() {
  rm -rf "$state" "$work"
  mkdir -m 700 "$state" && mkdir -p "$work/bin" "$source" "$state/secrets"
  for secret in git-token registry-credentials secrets; do
    [ ! -e "$inbox/$secret" ] || { cp -R "$inbox/$secret" "$state/" && erase "$inbox/$secret"; }
  done
  nonce=$(head -c 32 /dev/urandom | md5sum)
  nonce=${nonce%% *}
  key=$(cat "$inbox/job-key" 2>/dev/null) || key=${AWS_BATCH_JOB_ID-}-${AWS_BATCH_JOB_ATTEMPT:-1}
  is_like "$key" '[A-Za-z0-9][A-Za-z0-9._-]{0,63}' || key=-
  mark hello 1 "$(date +%s)" "$key"
  [ "$key" != - ] || refuse 'the job key'
}

# get NAME [DEFAULT]: sets $value to the variable TWINHULL_{NAME}, whole, whatever it holds.
get() {
  if value=$(printenv "TWINHULL_$1" && echo .); then value=${value%"$newline."}; else value=${2-}; fi
}

get_step() { get "STEP_${n}_$1" "${2-}"; }

is_like() {
  case $1 in *"$newline"*) return 1 ;; esac
  printf '%s\n' "$1" | LC_ALL=C grep -Eqx -e "$2"
}

refuse() {
  mark fail contract - contract-invalid 1 "$1 is missing or not valid"
  finish 40
}

need() {
  get "$1" "${3-}"
  is_like "$value" "$2" || refuse "TWINHULL_$1"
}

may() { need "$1" "($2)?"; }

# A list counted by {NAME}_COUNT.
need_count() { need "$1_COUNT" '0|[1-9][0-9]{0,2}' 0; }

need_pairs() {
  need_count "$1"
  for i in $(seq 1 "$value"); do
    get "$1_$i"
    is_like "${value%%=*}" "$variable" && [ "$value" != "${value%%=*}" ] || refuse "TWINHULL_$1_$i"
  done
}

need_path() {
  get "$1" "${2-}"
  case /$value/ in // | //* | /-* | */../* | *"$newline"*) refuse "TWINHULL_$1" ;; esac
}

image_name='[a-z0-9][a-z0-9._-]*'
variable='[A-Za-z_][A-Za-z0-9_]*'
secret_id='[A-Za-z0-9/_+=.@][A-Za-z0-9/_+=.@:-]*'
address='(https://([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])|http://(localhost|127(\.[0-9]{1,3}){3}|\[::1\]))(:[0-9]{1,5})?'
path_part='[a-z0-9]+([._-]+[a-z0-9]+)*'

check_contract() {
  need CONTRACT 1
  need PLATFORM 'linux/(arm64|amd64)' && platform=$value suffix=${value#linux/}
  may EMULATION '[01]' && emulation=$value
  need GIT_URL "$address(/[A-Za-z0-9._~+][A-Za-z0-9._~+-]*)+" && url=$value
  need COMMIT '[0-9a-f]{40}' && commit=$value
  may BRANCH '[^[:cntrl:] ~^:?*[\-][^[:cntrl:] ~^:?*[\]*' && branch=$value
  case $branch in *..* | *@\{*) refuse TWINHULL_BRANCH ;; esac
  may SUBMODULES '[01]' && submodules=$value
  may GIT_SECRET_ID "$secret_id" && git_secret=$value
  may GIT_SECRET_KEY '[A-Za-z0-9_-]+' && git_secret_key=$value
  need REGISTRY_HOST '[A-Za-z0-9][A-Za-z0-9.-]*(:[0-9]{1,5})?' && host=$value
  need REGISTRY_PATH "$path_part(/$path_part)*" && path=$value repository=$host/$value
  need REGISTRY_KIND 'ecr|oci' && kind=$value
  may REGION '[a-z0-9][a-z0-9-]*' && region=$value
  need STEP_COUNT '[1-9][0-9]?' && steps=$value
  images=' ' scripts=''
  for n in $(seq 1 "$steps"); do check_step "STEP_$n"; done
  origin=${url#*://}
  git_host=${origin%%[:/]*}
  origin=${url%%:*}://${origin%%/*}
  export DOCKER_CONFIG=$state/docker DOCKER_BUILDKIT=1 BUILDX_BUILDER=default BUILDX_NO_DEFAULT_ATTESTATIONS=1
}

check_step() {
  may "$1_FROM" "$image_name"
  case $images in *" $value "*) ;; *) [ -z "$value" ] || refuse "TWINHULL_$1_FROM" ;; esac
  [ -z "$value" ] || need "$1_FROM_ARG" "$variable"
  need "$1_IMAGE" "$image_name" && images="$images$value "
  need "$1_KIND" 'script|dockerfile' && "check_$value" "$1"
  need_count "$1_VERIFY"
  for command in $(seq 1 "$value"); do
    need "$1_VERIFY_${command}_COUNT" '[1-9][0-9]{0,2}'
    need "$1_VERIFY_${command}_1" '.+'
  done
}

check_script() {
  scripts=1
  need_path "$1_SCRIPT"
  need_count "$1_ARG"
  need_pairs "$1_ENV"
}

check_dockerfile() {
  get "$1_DOCKERFILE_INLINE"
  [ -n "$value" ] || need_path "$1_DOCKERFILE"
  need_path "$1_CONTEXT" .
  may "$1_TARGET" '[A-Za-z0-9][A-Za-z0-9._-]*'
  may "$1_CACHE" '[01]'
  need_pairs "$1_BUILD_ARG"
  need_count "$1_SECRET"
  for i in $(seq 1 "$value"); do
    need "$1_SECRET_$i" '[A-Za-z0-9_][A-Za-z0-9._-]*'
    may "$1_SECRET_${i}_ID" "$secret_id"
  done
}

# --- Phases ---

do_tools() {
  set -- docker git ${scripts:+bash}
  [ "$kind$git_secret" = oci ] || set -- "$@" aws
  missing=''
  for tool; do command -v "$tool" >/dev/null || missing="$missing $tool"; done
  [ -n "$missing" ] || return 0
  command -v apk >/dev/null || fail tool-missing 127 "the builder image lacks$missing"
  set --
  for tool in $missing; do
    case $tool in aws) tool=aws-cli ;; docker) set -- "$@" docker-cli-buildx && tool=docker-cli ;; esac
    set -- "$@" "$tool"
  done
  apk add --no-cache "$@" || fail tool-missing "$?" "apk could not add $*"
}

do_engine() {
  engine=$(timeout 60 docker info -f '{{.OSType}}/{{.Architecture}}') || fail engine-unreachable "$?" 'docker info failed'
  case $engine in linux/x86_64) engine=linux/amd64 ;; linux/aarch64) engine=linux/arm64 ;; esac
  if [ "$engine" != "$platform" ]; then
    [ "$emulation" = 1 ] || fail engine-platform 1 "the engine is $engine, the job $platform"
    mark note "emulated: $platform on $engine"
  fi
  if ! docker buildx version >/dev/null 2>&1; then
    client=$(docker --version)
    client=${client#Docker version }
    [ "${client%%.*}" -lt 23 ] || fail no-buildkit 1 "docker ${client%%,*} has no buildx plugin"
  fi
  sweep || mark note 'could not look for leftovers of dead jobs'
}

# Removes what jobs left that were killed. First what is there, only then who is alive, or a job just begun would suffer.
sweep() {
  docker ps -a --filter "label=$label" --format "rm {{.ID}} {{.Label \"$label\"}}" >"$state/found" &&
    docker image ls --format '{{.Repository}}:{{.Tag}}' >"$state/tags" &&
    docker ps --format '{{.ID}}{{println}}{{.Label "dev.twinhull.job-key"}}' >"$state/live" &&
    docker ps -q | xargs -r docker inspect -f '{{range .Config.Env}}{{println .}}{{end}}' |
    sed -n 's/^AWS_BATCH_JOB_ID=//p' >>"$state/live" || return
  uuid='[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}'
  sed -nE "s/^.*:staging-.*-(arm64|amd64)-([0-9a-f]{12}|$uuid-[0-9]+)\$/rmi & \\2/p" "$state/tags" >>"$state/found"
  while read -r remove thing owner; do
    grep -Fxq -e "$owner" -e "${owner%-*}" "$state/live" && continue
    docker "$remove" -f "$thing" >/dev/null && mark note "swept $thing of the dead job $owner"
  done <"$state/found"
}

do_secret() {
  [ -z "$git_secret" ] || read_secret "$git_secret" "$state/git-token" "$git_secret_key"
  [ -e "$state/git-token" ] || return 0
  LC_ALL=C grep -Eqx -e '[!-z|~]+' "$state/git-token" && [ "$(wc -l <"$state/git-token")" -le 1 ] ||
    fail secret-unreadable 1 'the git token is not one word (of a secret in JSON, the key must be named)'
}

# read_secret ID FILE [KEY]: from Secrets Manager; with KEY, that string of a JSON object.
read_secret() {
  aws secretsmanager get-secret-value --region "$region" --secret-id "$1" --query SecretString --output text >"$2" ||
    fail secret-unreadable "$?" "aws could not read the secret $1"
  [ -z "${3-}" ] || {
    sed -n "s/.*\"$3\"[[:space:]]*:[[:space:]]*\"\\([^\"\\\\]*\\)\".*/\\1/p" "$2" >"$2.value" && mv "$2.value" "$2"
  }
  [ -s "$2" ] || fail secret-unreadable 1 "the secret $1 has no such key"
}

# Git without the machine's configuration, without hooks, and with the token for the repository's own host alone.
safe_git() {
  [ ! -e "$work/ca.pem" ] || set -- -c "http.sslCAInfo=$work/ca.pem" "$@"
  LC_ALL=C GIT_ASKPASS=$work/bin/askpass GIT_TERMINAL_PROMPT=0 GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null \
    git -c init.defaultBranch=main -c core.hooksPath=/dev/null -c core.fsmonitor=false -c credential.helper= \
    -c protocol.allow=never -c "protocol.${origin%%:*}.allow=always" -c transfer.credentialsInUrl=die \
    -c "url.$origin/.insteadOf=git@$git_host:" -c "url.$origin/.insteadOf=ssh://git@$git_host/" \
    -c http.lowSpeedLimit=1000 -c http.lowSpeedTime=60 "$@"
}

do_clone() {
  echo "$origin" >"$state/origin"
  cat >"$work/bin/askpass" <<'END'
#!/bin/sh
read -r origin </dev/shm/twinhull/origin
case $1 in
  "Username for '$origin': ") echo x-access-token ;;
  "Password for '${origin%%:*}://x-access-token@${origin#*//}': ") cat /dev/shm/twinhull/git-token ;;
  *) exit 1 ;;
esac
END
  chmod +x "$work/bin/askpass"
  if [ -e "$inbox/ca.pem" ]; then cat /etc/ssl/certs/ca-certificates.crt "$inbox/ca.pem" >"$work/ca.pem" 2>/dev/null; fi
  cd "$source" && safe_git init -q && safe_git remote add origin "$url" || fail checkout-failed "$?" 'git init failed'
  fetch --depth=1 "$commit" && return
  [ -n "$branch" ] && fetch "+refs/heads/$branch:refs/remotes/origin/$branch" && return
  fetch --tags '+refs/heads/*:refs/remotes/origin/*' && return
  [ "$status" = 0 ] || fail git-unreachable "$status" 'git fetch failed'
  fail commit-not-found 1 "the repository has no commit $commit"
}

# fetch ARGUMENT...: whether the commit is here now. Servers differ in what they let one ask for.
fetch() {
  if watched safe_git fetch -q --no-tags origin "$@"; then
    safe_git cat-file -e "$commit^{commit}" 2>/dev/null
  elif said 'authentication failed|could not read (username|password)|error: 40[13]|repository .* not found'; then
    fail token-rejected "$status" 'the git server does not let this token read the repository'
  elif said 'unable to access'; then
    fail git-unreachable "$status" 'git did not reach the server'
  else
    mark note "the git server does not give: $*"
    false
  fi
}

do_checkout() {
  cd "$source" && safe_git checkout -q --detach "$commit" && [ "$(safe_git rev-parse HEAD)" = "$commit" ] ||
    fail checkout-failed "$?" "git did not check out $commit"
  if [ "$submodules" = 1 ]; then
    safe_git submodule update -q --init --recursive --depth=1 || {
      safe_git submodule deinit -q -f --all && rm -rf .git/modules && safe_git submodule update -q --init --recursive
    } || fail submodule-failed "$?" 'git submodule update failed'
  fi
  erase "$state/git-token" "$work/bin/askpass"
}

do_login() {
  if [ "$kind" = ecr ]; then
    { echo AWS && aws ecr get-login-password --region "$region"; } >"$state/registry-credentials" ||
      fail login-refused "$?" 'aws ecr get-login-password failed'
  fi
  [ -e "$state/registry-credentials" ] || return 0
  {
    read -r user
    docker login --username "$user" --password-stdin "$host" >"$state/output" 2>&1
  } <"$state/registry-credentials" || {
    status=$?
    cat "$state/output"
    check_reached || fail login-refused "$status" "docker login at $host failed"
  }
  erase "$state/registry-credentials"
  up_seconds >"$state/login"
}

up_seconds() { cut -d. -f1 /proc/uptime; }

# ECR's logins last twelve hours.
refresh_login() {
  [ "$kind" = oci ] || [ "$(($(up_seconds) - $(cat "$state/login")))" -lt 21600 ] || do_login
}

# Ends the phase when the engine got no answer from the registry; else false.
check_reached() {
  said 'dial tcp|connection re(fused|set)|no such host|timeout|timed out|x509|50[234] |EOF|server misbehaving' &&
    fail registry-unreachable "$status" "the engine does not reach $host"
}

do_build() {
  cd "$source" || exit
  refresh_login
  get_step FROM_ARG
  base_argument=$value base=''
  get_step FROM
  [ -z "$value" ] || read -r base <"$state/digest-$value"
  get_step KIND
  "build_$value"
  built=$(docker image inspect -f '{{.Os}}/{{.Architecture}}' "$staging") || fail step-failed "$?" "no image $staging"
  [ "$built" = "$platform" ] || fail wrong-platform 1 "the image is of $built"
}

build_dockerfile() {
  dockerfile=$work/Dockerfile
  get_step DOCKERFILE_INLINE
  if [ -n "$value" ]; then
    printf '%s\n' "$value" >"$dockerfile"
  else
    get_step DOCKERFILE
    find_inside "$value"
    dockerfile=$found
  fi
  get_step TARGET
  set -- --platform "$platform" --file "$dockerfile" --tag "$staging" ${value:+--target "$value"}
  for proxy in HTTP_PROXY HTTPS_PROXY NO_PROXY http_proxy https_proxy no_proxy; do set -- "$@" --build-arg "$proxy"; done
  [ -z "$base" ] || set -- "$@" --build-arg "$base_argument=$base"
  get_step BUILD_ARG_COUNT 0
  for i in $(seq 1 "$value"); do
    get_step "BUILD_ARG_$i"
    set -- "$@" --build-arg "$value"
  done
  get_step SECRET_COUNT 0
  for i in $(seq 1 "$value"); do
    get_step "SECRET_$i"
    secret=$value
    get_step "SECRET_${i}_ID"
    [ -z "$value" ] || read_secret "$value" "$state/secrets/$secret"
    [ -e "$state/secrets/$secret" ] || fail secret-unreadable 1 "the secret $secret was not given"
    set -- "$@" --secret "id=$secret,src=$state/secrets/$secret"
  done
  get_step CACHE
  [ "$value" != 1 ] || set -- "$@" --cache-from "$repository:cache-$image-$suffix" --build-arg BUILDKIT_INLINE_CACHE=1
  get_step CONTEXT .
  find_inside "$value"
  docker build "$@" "$found" || fail step-failed "$?" 'docker build failed'
  erase_secrets
}

# find_inside PATH: sets $found to where it really is. A path that leads out of the repository is as good as missing.
find_inside() {
  found=$(realpath "$1" 2>/dev/null)
  case $found/ in "$(pwd -P)"/*) [ -e "$found" ] && return ;; esac
  fail script-missing 1 "the commit has no $1"
}

# Once no later step needs any.
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
  write_shims
  set -- ${base:+"$base_argument=$base"}
  get_step ENV_COUNT 0
  for i in $(seq 1 "$value"); do
    get_step "ENV_$i"
    set -- "$@" "$value"
  done
  set -- "$@" "PATH=$work/bin:$PATH" "DOCKER_DEFAULT_PLATFORM=$platform" bash "./$script"
  get_step ARG_COUNT 0
  for i in $(seq 1 "$value"); do
    get_step "ARG_$i"
    case $value in
      '{tag}') value=${staging##*:} ;;
      '{repository}') value=$path ;;
      '{region}') value=$region ;;
      '{commit}') value=$commit ;;
      '{registry}') value=$host ;;
    esac
    set -- "$@" "$value"
  done
  env "$@" || fail step-failed "$?" "$script failed"
  read -r status <"$state/status"
  [ "$status" = 0 ] || check_reached || fail push-refused "$status" "$script could not push"
  watched docker pull "$staging" || check_reached || fail not-pushed "$status" "$script did not push $staging"
}

do_verify() {
  get_step VERIFY_COUNT
  for command in $(seq 1 "$value"); do
    get_step "VERIFY_${command}_1"
    set -- --entrypoint "$value" "$staging"
    get_step "VERIFY_${command}_COUNT"
    for i in $(seq 2 "$value"); do
      get_step "VERIFY_${command}_$i"
      set -- "$@" "$value"
    done
    docker run --rm --platform "$platform" --label "$label=$key" "$@" || fail verify-failed "$?" "command $command failed"
  done
}

do_push() {
  get_step KIND
  [ "$value" = script ] || push_image
  docker image inspect -f '{{range .RepoDigests}}{{println .}}{{end}}' "$staging" |
    grep -F "$repository@" >"$state/digest-$image" || fail push-refused 1 'the engine knows no digest'
}

push_image() {
  refresh_login
  watched docker push "$staging" || check_reached || fail push-refused "$status" 'docker push failed'
  get_step CACHE
  [ "$value" = 1 ] || return 0
  cache=$repository:cache-$image-$suffix
  docker image inspect -f "= {{.Id}} $cache" "$staging" >>"$state/made"
  docker tag "$staging" "$cache" && docker push "$cache" || mark note 'the layer cache could not be pushed'
}

# What a repository's script finds first in its PATH.
write_shims() {
  echo 0 >"$state/status"
  printf '%s\n' "$(command -v docker)" "$staging" "$host" "$path" "$kind" "$label=$key" >"$state/job"
  cat >"$work/bin/docker" <<'END'
#!/bin/sh
# docker, but it pushes no tag except this job's: the other architecture's script would push the same ones.
s=/dev/shm/twinhull
{ read -r docker; read -r staging; read -r host; read -r _; read -r kind; read -r label; } <$s/job
skipped() { echo "twinhull: $* skipped: this job pushes $staging" >&2; }
id_of() { id=$("$docker" image inspect -f '{{.Id}}' "$1" 2>/dev/null) && echo "$id" || echo -; }
verb='' skip='' tags='' pushing='' target=''
for word; do
  [ -z "$skip" ] || { skip=''; continue; }
  case $word in
    --config | -c | --context | -H | --host | -l | --log-level | --tlscacert | --tlscert | --tlskey | --builder | -f) skip=1 ;;
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
    exit "$status" ;;
  'manifest push '* | 'compose push '* | 'buildx imagetools create '*) skipped "$verb"; exit ;;
  'buildx bake '*) [ -z "$pushing" ] || { skipped "$verb --push"; exit 1; } ;;
  'login oci '*"$host"* | 'logout '*"$host"*)
    case $* in *password-stdin*) cat >/dev/null ;; esac
    echo 'Login Succeeded'
    exit ;;
  'tag '*)
    for tag; do :; done
    tags="$tag,$(id_of "$tag")" ;;
esac
left=$#
while [ "$left" -gt 0 ]; do
  word=$1 tag='' left=$((left - 1))
  shift
  case $verb:$word in
    *build:-t | *build:--tag) tag=$1 left=$((left - 1)); shift ;;
    *build:--tag=*) tag=${word#--tag=} ;;
    *build:-t?*) tag=${word#-t} ;;
    run:run | create:create) set -- "$@" "$word" --label "$label"; verb=''; continue ;;
  esac
  if [ -z "$tag" ]; then
    set -- "$@" "$word"
  elif [ -z "$pushing" ] || [ "$tag" = "$staging" ]; then
    tags="$tags $tag,$(id_of "$tag")"
    set -- "$@" -t "$tag"
  else
    skipped "push of $tag"
  fi
done
[ -n "$tags" ] || exec "$docker" "$@"
# For the clean-up: what the tags were before, then those that are new or have moved.
for tag in $tags; do echo "! ${tag##*,} ${tag%,*}"; done >"$s/made.$$"
"$docker" "$@"
status=$?
for tag in $tags; do
  id=$(id_of "${tag%,*}")
  [ "$id" = "${tag##*,}" ] || echo "= $id ${tag%,*}" >>$s/made
done
rm "$s/made.$$"
exit "$status"
END
  [ "$kind" = ecr ] || cat >"$work/bin/aws" <<'END'
#!/bin/sh
# aws where the registry is not ECR: answers what a script asks in order to push there, and nothing else.
{ read -r _; read -r _; read -r host; read -r path; } </dev/shm/twinhull/job
case " $* " in
  *' ecr get-login-password '*) echo twinhull ;;
  *' ecr describe-repositories '*repositoryUri*) echo "$host/$path" ;;
  *' ecr describe-repositories '*)
    printf '{\n "repositories": [{\n "repositoryName": "%s",\n "repositoryUri": "%s"\n }]\n}\n' "$path" "$host/$path" ;;
  *)
    echo "twinhull: no answer to aws ${1-} ${2-}: the registry $host is not ECR" >&2
    exit 255 ;;
esac
END
  chmod +x "$work/bin/"*
}

main
