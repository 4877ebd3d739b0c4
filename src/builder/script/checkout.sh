# Phases clone and checkout.

# Runs git without the machine's configuration and without hooks, and sends the token only to its own audience. Git
# keeps a token when it follows a redirect on the same host, so redirects are off for a token bound to a path.
safe_git() {
  [ ! -e "$state/git-path" ] || set -- -c credential.useHttpPath=true -c http.followRedirects=false "$@"
  [ ! -e "$work/ca.pem" ] || set -- -c "http.sslCAInfo=$work/ca.pem" "$@"
  LC_ALL=C GIT_ASKPASS=$work/bin/askpass GIT_SSH_COMMAND=false GIT_TERMINAL_PROMPT=0 GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null \
    git -c init.defaultBranch=main -c core.hooksPath=/dev/null -c core.fsmonitor=false -c credential.helper= \
    -c protocol.allow=never -c "protocol.${origin%%:*}.allow=always" -c transfer.credentialsInUrl=die \
    -c "url.$origin/.insteadOf=git@$git_host:" -c "url.$origin/.insteadOf=ssh://git@$git_host/" \
    -c http.lowSpeedLimit=1000 -c http.lowSpeedTime=60 "$@"
}

# Writes response headers, which git does not print, to a file for Retry-After. Old versions of git write credentials
# there too, so it is erased before any of the repository's code runs.
traced_git() {
  erase "$state/trace"
  GIT_TRACE_CURL=$state/trace GIT_TRACE_CURL_NO_DATA=1 GIT_TRACE_REDACT=1 safe_git "$@"
}

do_clone() {
  askpass_program >"$work/bin/askpass"
  chmod +x "$work/bin/askpass"
  if [ -e "$inbox/ca.pem" ]; then cat /etc/ssl/certs/ca-certificates.crt "$inbox/ca.pem" >"$work/ca.pem" 2>/dev/null; fi
  cd "$source" && safe_git init -q && safe_git remote add origin "$url" || fail checkout-failed "$?" 'git init failed'
  case $depth in full) set -- ;; *) set -- "--depth=${depth:-1}" ;; esac
  fetch "$@" "$commit" && return
  [ -n "$ref" ] && fetch "+$ref:refs/remotes/origin/${ref#refs/*/}" && return
  fetch --tags '+refs/heads/*:refs/remotes/origin/*' && return
  ! is_web_page || fail_web_page
  [ "$status" = 0 ] || fail git-unreachable "$status" 'git fetch failed'
  ! type=$(safe_git cat-file -t "$commit" 2>/dev/null) || fail not-a-commit 1 "$commit is a $type, not a commit"
  fail commit-not-found 1 "the repository has no commit $commit"
}

# fetch ARGUMENT...: whether the commit is now present. Servers differ in what they allow a client to fetch.
fetch() {
  [ "$tags" = 1 ] && set -- --tags "$@" || set -- --no-tags "$@"
  if with_retries traced_git fetch -q origin "$@"; then
    [ "$(safe_git cat-file -t "$commit" 2>/dev/null)" = commit ]
  elif output_has "$rate_limited" || { [ -n "$retry_after" ] && output_has 'error: 403'; }; then
    fail git-unreachable "$status" 'the git server limits requests'
  elif output_has 'authentication failed|could not read (username|password)|error: 40[13]|repository .* not found'; then
    [ -e "$state/git-token" ] || fail token-rejected "$status" "the git server requires a token, and none is configured for ${origin#*//}"
    fail token-rejected "$status" "the git server does not let this token read the repository (user name $(token_user))"
  elif output_has 'unable to update url base from redirection|error: 30[12378]'; then
    fail_web_page
  elif output_has 'mismatched algorithms'; then
    fail not-a-commit "$status" 'repositories with SHA-256 object names are not supported'
  elif output_has 'unable to access'; then
    fail git-unreachable "$status" 'git could not reach the server'
  else
    shift
    mark note "the git server did not serve: $*"
    false
  fi
}

# Whether the response was a web page: git reads one of a single line as a server without references, without an error.
is_web_page() {
  ! output_has 'unable to access' && grep -i '<= Recv header: content-type:' "$state/trace" 2>/dev/null | tail -n 1 | grep -iq text/html
}

fail_web_page() {
  page='the git server answered with a web page or a redirect, probably to a sign-in page'
  [ -e "$state/git-token" ] || fail token-rejected 128 "$page, and no token is configured for ${origin#*//}"
  fail token-rejected 128 "$page: it does not accept this token (user name $(token_user))"
}

token_user() { sed -n 2p "$state/git-audience"; }

do_checkout() {
  erase "$state/trace"
  cd "$source" && safe_git checkout -q --detach "$commit" && [ "$(safe_git rev-parse HEAD)" = "$commit" ] ||
    fail checkout-failed "$?" "git could not check out $commit"
  mark commit "$(commit_field %s 800)" "$(commit_field %an 400)"
  [ "$submodules" != 1 ] || update_submodules
  [ "$lfs" != 1 ] || with_retries pull_lfs || fail lfs-failed "$status" 'git lfs pull failed'
  erase "$state/git-token" "$work/bin/askpass"
  root=$(pwd -P)
  for n in $(seq 1 "$steps"); do check_used; done
}

# commit_field FORMAT BYTES: in base64, so that no text of a commit can look like a mark; `-` if there is none.
commit_field() {
  field=$(safe_git log -1 "--format=$1" "$commit" 2>/dev/null | head -c "$2" | tr -d '\n' | base64 | tr -d '\n')
  echo "${field:--}"
}

update_submodules() {
  capture safe_git submodule update -q --init --recursive --depth=1 || {
    safe_git submodule deinit -q -f --all && rm -rf .git/modules &&
      capture safe_git submodule update -q --init --recursive
  } || {
    other=$(sed -nE "s/.*could not read (Username|Password) for '([^']*)'.*/: no token is configured for \\2/p" "$state/output")
    fail submodule-failed "$status" "git submodule update failed$(printf %s "$other" | tail -n 1)"
  }
}

# The repository and its LFS servers choose the addresses of downloads: git-lfs uses the same askpass, which checks the
# audience of the token. The filter stays installed, without hooks, because scripts may run `git status`.
pull_lfs() {
  safe_git lfs install --local --skip-repo && safe_git -c lfs.skipdownloaderrors=false lfs pull &&
    safe_git submodule -q foreach --recursive \
      'git lfs install --local --skip-repo && git -c lfs.skipdownloaderrors=false lfs pull'
}

# Fails if the step would use an empty submodule or an LFS pointer as the real files. Scripts see the whole checkout.
check_used() {
  context=. dockerfile=.
  get_step KIND
  if [ "$value" = dockerfile ]; then
    get_step CONTEXT .
    context=$value
    get_step DOCKERFILE "$context"
    dockerfile=$value
  fi
  [ -n "$submodules" ] || for used in "$context" "$dockerfile"; do
    used=$(realpath "$used" 2>/dev/null) || used=$root/$used
    used=${used#"$root"}/
    found=$(safe_git -c core.quotePath=false ls-files -s | grep '^160000 ' | cut -f2- | while read -r module; do
      case "/$module/$newline$used" in "$used"* | *"$newline/$module/"*) echo "$module" ;; esac
    done)
    [ -z "$found" ] || fail submodule-empty 1 "submodules were not checked out: $(first_few "$found")"
  done
  [ -n "$lfs" ] || {
    found=$(cd "$context" 2>/dev/null && find . -path ./.git -prune -o -type f -size -3 \
      -exec awk 'FNR == 1 && $0 == "version https://git-lfs.github.com/spec/v1" { print FILENAME }' '{}' +)
    [ -z "$found" ] || fail lfs-pointer 1 "files are in Git LFS and were not fetched: $(first_few "$found")"
  }
}

# first_few LINES: the first three in one line, and how many more there are.
first_few() {
  printf '%s\n' "$1" | awk 'NR <= 3 { sub(/^\.\//, ""); printf "%s%s", (NR > 1 ? ", " : ""), $0 }
    END { if (NR > 3) printf " and %d more", NR - 3 }'
}
