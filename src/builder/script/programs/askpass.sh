#!/bin/sh
# Answers git's and git-lfs's questions for credentials, but only for the audience of the token.
{ read -r origin; read -r user; read -r under; } </dev/shm/twinhull/git-audience || exit 1
with_user=${origin%%:*}://$user@${origin#*//}
# git-lfs words its questions differently: Username for "https://host"
case $1 in
  *"'"*"': ") question=${1%"': "} quote="'" ;;
  *'"'*'"') question=${1%'"'} quote='"' ;;
  *) exit 1 ;;
esac
case $question in
  "Username for $quote$origin"*) asked_path=${question#"Username for $quote$origin"} ;;
  "Password for $quote$with_user"*) asked_path=${question#"Password for $quote$with_user"} ;;
  *) exit 1 ;;
esac
# Git includes the path if the token is bound to one (credential.useHttpPath).
asked_path=$(printf %s "$asked_path" | sed 's/%2B/+/g')
case $asked_path in *[!A-Za-z0-9._~+/-]* | */./* | */../* | */. | */..) exit 1 ;; esac
case $under:$asked_path/ in :/ | "${under:-:}:$under/"* | "${under:-:}:$under.git/"*) ;; *) exit 1 ;; esac
case $1 in U*) echo "$user" ;; *) cat /dev/shm/twinhull/git-token ;; esac
