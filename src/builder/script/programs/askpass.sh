#!/bin/sh
{ read -r origin; read -r user; read -r under; } </dev/shm/twinhull/git-audience || exit 1
with_user=${origin%%:*}://$user@${origin#*//}
# git-lfs asks in a form of its own: Username for "https://host"
case $1 in
  *"'"*"': ") question=${1%"': "} quote="'" ;;
  *'"'*'"') question=${1%'"'} quote='"' ;;
  *) exit 1 ;;
esac
case $question in
  "Username for $quote$origin"*) asked=${question#"Username for $quote$origin"} ;;
  "Password for $quote$with_user"*) asked=${question#"Password for $quote$with_user"} ;;
  *) exit 1 ;;
esac
# Git asks with the path where the token is for one.
asked=$(printf %s "$asked" | sed 's/%2B/+/g')
case $asked in *[!A-Za-z0-9._~+/-]* | */./* | */../* | */. | */..) exit 1 ;; esac
case $under:$asked/ in :/ | "${under:-:}:$under/"* | "${under:-:}:$under.git/"*) ;; *) exit 1 ;; esac
case $1 in U*) echo "$user" ;; *) cat /dev/shm/twinhull/git-token ;; esac
