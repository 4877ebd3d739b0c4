# Phase login, and failures that are the registry's.

do_login() {
  [ "$logins" = 0 ] || [ -e "$state/login" ] || write_logins
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

# Logins for base images go into the client's configuration as they are: a registry that no step needs is not asked.
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

# fetch_login SECRET: on AWS, into $file.
fetch_login() {
  at_ecr='s/^[0-9]{12}\.dkr[.-]ecr(-fips)?\.([a-z]+(-[a-z]+)+-[0-9]+)\..*/\2/p'
  there=$(printf %s "$registry" | sed -nE "$at_ecr")
  if [ -n "$1" ]; then
    mkdir -p "$state/logins" && read_secret "$1" "$state/logins/json"
    { json_text username "$state/logins/json" && json_text password "$state/logins/json"; } >"$file"
    [ "$(wc -w <"$file")" = 2 ] || fail secret-unreadable 1 "the secret $1 has no username and password"
  elif [ -n "$there" ] && [ ! -e "$file" ]; then
    mkdir -p "$state/logins"
    { echo AWS && aws ecr get-login-password --region "$there"; } >"$file" || {
      : >"$file"
      mark note "no login for $registry: aws ecr get-login-password failed"
    }
  fi
}

# login_entry HOST FILE: as docker keeps it. Docker Hub has a name of its own there.
login_entry() {
  case $1 in docker.io) set -- https://index.docker.io/v1/ "$2" ;; esac
  printf '"%s":{"auth":"%s"}' "$1" "$({ read -r user && IFS= read -r password; printf %s "$user:$password"; } <"$2" | base64 | tr -d '\n')"
}

# Once no later step is built.
forget_logins() {
  for i in $(seq 1 "$logins"); do
    get "LOGIN_$i"
    case $value in docker.io) docker logout ;; *) docker logout "$value" ;; esac
  done >/dev/null 2>&1
}

up_seconds() { cut -d. -f1 /proc/uptime; }

# ECR's logins last twelve hours.
refresh_login() {
  [ "$kind" = oci ] || [ "$(($(up_seconds) - $(cat "$state/login")))" -lt 21600 ] || do_login
}

# Ends the phase when the engine got no answer from the registry; else false.
check_reached() {
  said 'dial tcp|connection re(fused|set)|no such host|timeout|timed out|x509|EOF|server misbehaving' || { said "$passing" && ! said '500 Internal Server Error'; } &&
    fail registry-unreachable "$status" "the engine does not reach $host"
}
