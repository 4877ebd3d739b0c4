# Phases tools and engine.

do_tools() {
  set -- docker git ${scripts:+bash}
  [ "$lfs" != 1 ] || set -- "$@" git-lfs
  [ "$kind$git_secret$(printenv TWINHULL_LOGIN_1_ID)" = oci ] || set -- "$@" aws
  missing=''
  for tool; do command -v "$tool" >/dev/null || missing="$missing $tool"; done
  [ -n "$missing" ] || return 0
  command -v apk >/dev/null || fail tool-missing 127 "the builder image lacks$missing"
  set --
  for tool in $missing; do
    case $tool in aws) set -- "$@" curl && tool=aws-cli ;; docker) set -- "$@" docker-cli-buildx && tool=docker-cli ;; esac
    set -- "$@" "$tool"
  done
  apk add --no-cache "$@" || fail tool-missing "$?" "apk could not add $*"
}

do_engine() {
  has_buildx &
  buildx=$!
  capture timeout 60 docker version -f 'engine {{.Server.Os}}/{{.Server.Arch}}' || {
    ! output_has 'version [0-9.]+ is (too (old|new)|not supported)' || fail engine-version "$status" "$(tail -n 1 "$state/output")"
    fail engine-unreachable "$status" 'docker version failed'
  }
  sed -n 's/^engine //p' "$state/output" >"$state/engine"
  read -r engine <"$state/engine"
  if [ "$engine" != "$platform" ]; then
    [ "$emulation" = 1 ] || fail engine-platform 1 "the engine is $engine, but the job is for $platform"
    mark note "emulated: $platform on $engine"
  fi
  if ! wait "$buildx"; then
    client=$(docker --version)
    client=${client#Docker version }
    [ "${client%%.*}" -lt 23 ] || fail no-buildkit 1 "docker ${client%%,*} has no buildx plugin"
  fi
}

# Looks for the file in the usual places first: running a 60 MB program takes longer than the rest of this phase.
has_buildx() {
  for folder in "$DOCKER_CONFIG" /usr/local/lib/docker /usr/local/libexec/docker /usr/lib/docker /usr/libexec/docker; do
    [ ! -x "$folder/cli-plugins/docker-buildx" ] || return 0
  done
  docker buildx version >/dev/null 2>&1
}
