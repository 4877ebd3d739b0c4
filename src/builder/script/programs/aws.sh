#!/bin/sh
# Replaces aws if the registry is not ECR: implements only the commands that a script needs to push there.
{ read -r _; read -r _; read -r host; read -r path; } </dev/shm/twinhull/job
case " $* " in
  *' ecr get-login-password '*) echo twinhull ;;
  *' ecr describe-repositories '*repositoryUri*) echo "$host/$path" ;;
  *' ecr describe-repositories '*)
    printf '{\n "repositories": [{\n "repositoryName": "%s",\n "repositoryUri": "%s"\n }]\n}\n' "$path" "$host/$path" ;;
  *)
    echo "twinhull: aws ${1-} ${2-} is not available: the registry $host is not ECR" >&2
    exit 255 ;;
esac
