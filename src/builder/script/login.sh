# Phase login, and failures of the registry.

# The AWS CLI, which may be needed, starts slowly, so the first login is fetched in parallel with the phases before. If
# that fails, the phase fetches it again.
begin_login() {
  [ "$kind" != ecr ] || {
    { echo AWS && ecr_password "$region"; } >"$state/first-login.part" 2>/dev/null &&
      mv "$state/first-login.part" "$state/first-login"
  }
  : >"$state/first-login.done"
}

# take_first_login: whether it became the login of the phase. A renewal later, in another phase, does not wait for it.
take_first_login() {
  for _ in $(seq 1 300); do
    [ ! -e "$state/first-login.done" ] || break
    sleep 0.1
  done
  mv "$state/first-login" "$state/registry-credentials" 2>/dev/null
}

do_login() {
  [ "$logins" = 0 ] || [ -e "$state/login" ] || write_logins
  if [ "$kind" = ecr ]; then
    { [ "$phase" = login ] && take_first_login; } || { echo AWS && ecr_password "$region"; } >"$state/registry-credentials" ||
      fail login-refused "$?" 'aws ecr get-login-password failed'
  fi
  [ -e "$state/registry-credentials" ] || return 0
  {
    read -r user
    docker login --username "$user" --password-stdin "$host" >"$state/output" 2>&1
  } <"$state/registry-credentials" || {
    status=$?
    cat "$state/output"
    check_registry_reachable || fail login-refused "$status" "docker login at $host failed"
  }
  erase "$state/registry-credentials"
  up_seconds >"$state/login"
}

# Writes logins for base images directly into the client's configuration, so registries that no step needs are not
# called.
write_logins() {
  entries=''
  for i in $(seq 1 "$logins"); do
    get "LOGIN_$i"
    registry=$value file=$state/logins/$i
    get "LOGIN_${i}_ID"
    fetch_login "$value"
    [ ! -s "$file" ] || entries=$entries${entries:+,}$(login_entry "$registry" "$file")
  done
  [ -z "$entries" ] || printf '{"auths":{%s}}' "$entries" >"$state/docker/config.json"
  erase "$state/logins"
}

# fetch_login SECRET: on AWS, writes a login to $file.
fetch_login() {
  at_ecr='s/^[0-9]{12}\.dkr[.-]ecr(-fips)?\.([a-z]+(-[a-z]+)+-[0-9]+)\..*/\2/p'
  ecr_region=$(printf %s "$registry" | sed -nE "$at_ecr")
  if [ -n "$1" ]; then
    mkdir -p "$state/logins" && read_secret "$1" "$state/logins/json"
    { json_text username "$state/logins/json" && json_text password "$state/logins/json"; } >"$file"
    [ "$(wc -w <"$file")" = 2 ] || fail secret-unreadable 1 "the secret $1 has no username and password"
  elif [ -n "$ecr_region" ] && [ ! -e "$file" ]; then
    mkdir -p "$state/logins"
    { echo AWS && ecr_password "$ecr_region"; } >"$file" || {
      : >"$file"
      mark note "no login for $registry: aws ecr get-login-password failed"
    }
  fi
}

# login_entry HOST FILE: prints the entry of docker's configuration, where Docker Hub has a special name.
login_entry() {
  case $1 in docker.io) set -- https://index.docker.io/v1/ "$2" ;; esac
  printf '"%s":{"auth":"%s"}' "$1" "$({ read -r user && IFS= read -r password; printf %s "$user:$password"; } <"$2" | base64 | tr -d '\n')"
}

# Called once no later step is built.
forget_logins() {
  for i in $(seq 1 "$logins"); do
    get "LOGIN_$i"
    case $value in docker.io) docker logout ;; *) docker logout "$value" ;; esac
  done >/dev/null 2>&1
}

up_seconds() { cut -d. -f1 /proc/uptime; }

# ECR's logins expire after twelve hours; one older than six is renewed.
refresh_login() {
  [ "$kind" = oci ] || [ "$(($(up_seconds) - $(cat "$state/login")))" -lt 21600 ] || do_login
}

# Fails the phase if the engine could not reach the registry; otherwise returns false.
check_registry_reachable() {
  output_has 'dial tcp|connection re(fused|set)|no such host|timeout|timed out|x509|EOF|server misbehaving' || { output_has "$transient" && ! output_has '500 Internal Server Error'; } &&
    fail registry-unreachable "$status" "the engine cannot reach $host"
}
