#!/bin/sh
# receive.sh FOLDER COMMAND...: reads a job's files from standard input into FOLDER, which is in memory, then executes
# COMMAND. Input: `{number of files} {bytes of all contents}`, a line `{mode} {bytes} {path}` per file, the contents.
# Needs no tar: not every image with a docker client has one.
set -u
trap 'exit 143' TERM INT
cd "$1" || exit
shift
exec 3<&0 </dev/null
timeout 120 cat <&3 >.all & # in the background: a shell handles TERM only while it waits
wait "$!"
exec 3<&-
count='' size='' at=0
read -r count size <.all
case $count:$size in :* | *: | *[!0-9:]*) ;; *) at=$(head -n "$((count + 1))" .all | wc -c) ;; esac
if [ "$at" = 0 ] || [ "$((at + size))" -ne "$(wc -c <.all)" ]; then
  echo 'twinhull: the connection broke while the job received its files' >&2
  exit 39
fi
head -n "$((count + 1))" .all | tail -n +2 | while read -r mode size path; do
  case $path in */*) [ -d "${path%/*}" ] || mkdir -m 700 "${path%/*}" ;; esac
  tail -c "+$((at + 1))" .all | head -c "$size" >"$path" && chmod "$mode" "$path" || exit
  at=$((at + size))
done || exit
rm .all
exec "$@"
