# Reads and checks a job's input, which contract.ts defines.

start() {
  rm -rf "$state" "$work"
  mkdir -m 700 "$state" && mkdir -p "$work/bin" "$state/secrets"
  for secret in git-token registry-credentials secrets logins; do
    [ ! -e "$inbox/$secret" ] || { cp -R "$inbox/$secret" "$state/" && erase "$inbox/$secret"; }
  done
  nonce=$(head -c 32 /dev/urandom | md5sum)
  nonce=${nonce%% *}
  key=$(cat "$inbox/job-key" 2>/dev/null) || key=${AWS_BATCH_JOB_ID-}-${AWS_BATCH_JOB_ATTEMPT:-1}
  is_like "$key" "$key_form" || key=-
  mark hello 2 "$(date +%s)" "$key"
  [ "$key" != - ] || refuse 'the job key'
  get SHARED_FOLDER
  case $value in /*) use_shared_folder ;; esac
  mkdir -p "$source" ${shared:+"$shared/tmp"}
}

# The folder of this job, closed to other users of the host. A path that is not mounted exists only in this container.
use_shared_folder() {
  cut -d' ' -f5 /proc/self/mountinfo | sed 's/\\040/ /g' | grep -Fxq -e "$(realpath "$value" 2>/dev/null)" &&
    rm -rf "${value:?}/$key" && mkdir -m 700 "$value/$key" || {
    mark note "$value cannot be shared with containers: scripts cannot mount the checkout"
    return
  }
  shared=$value/$key source=$value/$key/source
}

# get NAME [DEFAULT]: sets $value to the variable TWINHULL_{NAME}, including trailing newlines.
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

# need NAME PATTERN [DEFAULT]: sets $value to a variable, or refuses the job.
need() {
  get "$1" "${3-}"
  is_like "$value" "$2" || refuse "TWINHULL_$1"
}

# allow NAME PATTERN: the same for an optional variable.
allow() { need "$1" "($2)?"; }

# need_count NAME: sets $value to the number of elements of a list, {NAME}_COUNT.
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
sha256='sha256:[0-9a-f]{64}'
variable='[A-Za-z_][A-Za-z0-9_]*'
secret_id='[A-Za-z0-9/_+=.@][A-Za-z0-9/_+=.@:-]*'
address='(https://([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])|http://(([A-Za-z0-9.-]+\.)?localhost|127(\.[0-9]{1,3}){3}|\[::1\]))(:[0-9]{1,5})?'
audience_form='([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?(/[A-Za-z0-9._~+-]+)*'
username_form='[A-Za-z0-9][A-Za-z0-9._-]*'
registry_form='([A-Za-z0-9][A-Za-z0-9.-]*|\[[0-9a-f:.]+\])(:[0-9]{1,5})?'
path_part='[a-z0-9]+([._-]+[a-z0-9]+)*'

check_contract() {
  need CONTRACT 1
  need PLATFORM 'linux/(arm64|amd64)' && platform=$value suffix=${value#linux/}
  allow EMULATION '[01]' && emulation=$value
  need GIT_URL "$address(/[A-Za-z0-9._~+][A-Za-z0-9._~+-]*)+" && url=$value
  need COMMIT '[0-9a-f]{40}' && commit=$value
  allow BRANCH '[^[:cntrl:] ~^:?*[\-][^[:cntrl:] ~^:?*[\]*' && ref=${value:+refs/heads/$value}
  allow REF 'refs/[^[:cntrl:] ~^:?*[\-][^[:cntrl:] ~^:?*[\]*' && ref=${value:-$ref}
  case $ref in *..* | *@\{*) refuse 'TWINHULL_BRANCH or TWINHULL_REF' ;; esac
  allow SUBMODULES '[01]' && submodules=$value
  allow LFS '[01]' && lfs=$value
  allow DEPTH 'full|[1-9][0-9]{0,6}' && depth=$value
  allow TAGS '[01]' && tags=$value
  allow GIT_SECRET_ID "$secret_id" && git_secret=$value
  allow GIT_SECRET_KEY '[A-Za-z0-9_-]+' && git_secret_key=$value
  allow GIT_SECRET_HOST "$audience_form" && git_secret_host=$value
  allow GIT_USERNAME "$username_form" && git_username=$value
  need REGISTRY_HOST "$registry_form" && host=$value
  need REGISTRY_PATH "$path_part(/$path_part)*" && path=$value repository=$host/$value
  need REGISTRY_KIND 'ecr|oci' && kind=$value
  allow REGION '[a-z0-9][a-z0-9-]*' && region=$value
  need_count LOGIN && logins=$value
  for i in $(seq 1 "$logins"); do
    need "LOGIN_$i" "$registry_form"
    allow "LOGIN_${i}_ID" "$secret_id"
  done
  need STEP_COUNT '[1-9][0-9]?' && steps=$value
  images=' ' scripts=''
  for n in $(seq 1 "$steps"); do check_step "STEP_$n"; done
  origin=${url#*://}
  git_host=${origin%%[:/]*}
  origin=${url%%:*}://${origin%%/*}
  if [ -S "$socket" ]; then
    # Programs that a script runs may expect the usual path.
    [ -e "/var$socket" ] || { mkdir -p /var/run && ln -s "$socket" "/var$socket"; }
    export DOCKER_HOST="${DOCKER_HOST:-unix://$socket}"
  fi
  # Plugins that the image keeps in its user's folder.
  plugins=${DOCKER_CONFIG:-${HOME-/root}/.docker}/cli-plugins
  mkdir "$state/docker"
  [ ! -d "$plugins" ] || ln -s "$plugins" "$state/docker/cli-plugins"
  cache_scope=$(printf %s "$url" | md5sum) # BuildKit shares cache mounts with the same id among all builds of an engine
  cache_scope=BUILDKIT_CACHE_MOUNT_NS=${cache_scope%% *}
  export DOCKER_CONFIG=$state/docker DOCKER_BUILDKIT=1 BUILDX_BUILDER=default BUILDX_NO_DEFAULT_ATTESTATIONS=1
}

check_step() {
  allow "$1_FROM" "$image_name"
  case $images in *" $value "*) ;; *) [ -z "$value" ] || refuse "TWINHULL_$1_FROM" ;; esac
  [ -z "$value" ] || need "$1_FROM_ARG" "$variable"
  need "$1_IMAGE" "$image_name" && images="$images$value "
  allow "$1_INDEPENDENT" '[01]'
  allow "$1_CACHE" '[01]'
  need "$1_KIND" 'script|dockerfile' && "check_$value" "$1"
  need_count "$1_VERIFY"
  for command in $(seq 1 "$value"); do
    need "$1_VERIFY_${command}_COUNT" '[1-9][0-9]{0,2}'
    get "$1_VERIFY_${command}_1"
    [ -n "$value" ] || refuse "TWINHULL_$1_VERIFY_${command}_1"
  done
}

check_script() {
  scripts=1
  need_path "$1_SCRIPT"
  need_count "$1_ARG"
  need_pairs "$1_ENV"
  check_secrets "$1"
}

check_dockerfile() {
  get "$1_DOCKERFILE_INLINE"
  [ -n "$value" ] || need_path "$1_DOCKERFILE"
  need_path "$1_CONTEXT" .
  allow "$1_TARGET" '[A-Za-z0-9][A-Za-z0-9._-]*'
  need_pairs "$1_BUILD_ARG"
  need_pairs "$1_ONCE"
  allow "$1_ONCE_MONTH" '[0-9]{6}'
  need_count "$1_ONCE"
  for i in $(seq 1 "$value"); do
    get "$1_ONCE_$i"
    is_like "${value#*=}" '[A-Za-z0-9][A-Za-z0-9._-]*' || refuse "TWINHULL_$1_ONCE_$i"
  done
  check_secrets "$1"
}

check_secrets() {
  need_count "$1_SECRET"
  for i in $(seq 1 "$value"); do
    need "$1_SECRET_$i" '[A-Za-z0-9_][A-Za-z0-9._-]*'
    allow "$1_SECRET_${i}_ID" "$secret_id"
  done
}
