# Phases verify and push.

do_verify() {
  get_step VERIFY_COUNT
  for command in $(seq 1 "$value"); do
    get_step "VERIFY_${command}_1"
    set -- --entrypoint "$value" "$id"
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
  docker image inspect -f '{{range .RepoDigests}}{{println .}}{{end}}' "$id" | grep -Fxq -e "$repository@$digest" ||
    fail image-changed 1 "${digest:-no digest} was pushed, which is not the image $id that was built"
  echo "$digest" >"$state/pushed"
  name_cache
  [ "$cache" = - ] || [ ! -e "$state/cache" ] || save_cache
}

# The engine has already written the cache, or the image itself contains it. An image not built by BuildKit has none, and
# the tag stays with the previous build.
save_cache() {
  if grep -q ' saved$' "$state/cache"; then
    return 0
  elif grep -q ' refused$' "$state/cache"; then
    mark note 'the registry refused the layer cache of all stages: the image contains that of its last stage'
    push_cache
  elif grep -q ' unsaved$' "$state/cache"; then
    mark note 'the layer cache could not be pushed'
  else
    push_cache
  fi
}

push_cache() {
  echo "= $id $cache" >>"$state/made"
  docker tag "$id" "$cache" && docker push "$cache" || mark note 'the layer cache could not be pushed'
}

push_image() {
  refresh_login
  docker tag "$id" "$staging" || fail image-changed "$?" "the engine no longer has the image $id"
  with_retries docker push "$staging" || check_registry_reachable || fail push-refused "$status" 'docker push failed'
  digest=$(sed -nE "s/^${staging##*:}: digest: ($sha256) size: [0-9]+\$/\\1/p" "$state/output")
}
