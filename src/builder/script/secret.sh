# Phase secret: the git token and its audience.

# Keeps the token only if each audience given for it covers the repository.
do_secret() {
  audience='' username=$git_username
  if [ -n "$git_secret" ]; then
    read_git_secret
  elif [ -e "$state/git-token" ]; then
    { read -r audience && read -r username; } <"$inbox/git-audience"
  fi
  [ -e "$state/git-token" ] || return 0
  LC_ALL=C grep -Eqx -e '[!-z|~]+' "$state/git-token" && [ "$(wc -l <"$state/git-token")" -le 1 ] ||
    fail secret-unreadable 1 'the git token is not a single word (for a secret in JSON, the key must be named)'
  [ -n "$audience$git_secret_host" ] || fail token-unbound 1 'neither the secret nor its job names the git host of the token'
  under=''
  for audience in "$audience" "$git_secret_host"; do
    [ -n "$audience" ] || continue
    is_like "$audience" "$audience_form" && is_like "${username:=x-access-token}" "$username_form" ||
      fail token-unbound 1 'the git host or user name of the token is not valid'
    covers "$audience" || {
      erase "$state/git-token"
      mark note "the git token is for $audience, so it is not sent to ${url#*//}"
      return 0
    }
    [ "${#bound}" -le "${#under}" ] || under=$bound
  done
  printf '%s\n' "$origin" "$username" "$under" >"$state/git-audience"
  [ -z "$under" ] || : >"$state/git-path"
}

# covers AUDIENCE: whether its host and port are the repository's, and its path contains it. Sets $bound to that path.
covers() {
  bound=${1#"${1%%/*}"} bound=${bound%.git}
  case $origin in https:*) port=443 ;; *) port=80 ;; esac
  [ "$(host_port "${1%%/*}" 443)" = "$(host_port "${origin#*//}" "$port")" ] || return 1
  case /${url#*://*/}/ in "$bound/"* | "$bound.git/"*) ;; *) return 1 ;; esac
}

# host_port HOST PORT: prints them in lower case, without a dot at the end of the host. PORT is the default.
host_port() {
  case $1 in *\]) set -- "$1:$2" ;; *:*) ;; *) set -- "$1:$2" ;; esac
  printf '%s\n' "$1" | tr '[:upper:]' '[:lower:]' | sed 's/\.:/:/'
}

# Reads the git token; from a JSON object also its host and user name.
read_git_secret() {
  read_secret "$git_secret" "$state/git-token"
  if grep -q '^[[:space:]]*{' "$state/git-token"; then
    audience=$(json_text host "$state/git-token")
    name=$(json_text username "$state/git-token")
    username=${name:-$username}
    json_text "${git_secret_key:-token}" "$state/git-token" >"$state/git-token.value"
    mv "$state/git-token.value" "$state/git-token"
    [ -s "$state/git-token" ] || fail secret-unreadable 1 "the secret $git_secret has no key ${git_secret_key:-token}"
  elif [ -n "$git_secret_key" ]; then
    fail secret-unreadable 1 "the secret $git_secret is not a JSON object, so it has no key $git_secret_key"
  fi
}

# read_secret ID FILE: from Secrets Manager.
read_secret() {
  secret_string "$region" "$1" >"$2" ||
    fail secret-unreadable "$?" "aws could not read the secret $1"
  [ -s "$2" ] || fail secret-unreadable 1 "the secret $1 is empty"
}

# json_text KEY FILE: prints that string of a JSON object.
json_text() { sed -n "s/.*\"$1\"[[:space:]]*:[[:space:]]*\"\\([^\"\\\\]*\\)\".*/\\1/p" "$2"; }
