#!/bin/sh
# aws where the registry is not ECR: answers what a script asks in order to push there, and nothing else.
{ read -r _; read -r _; read -r host; read -r path; } </dev/shm/twinhull/job
case " $* " in
  *' ecr get-login-password '*) echo twinhull ;;
  *' ecr describe-repositories '*repositoryUri*) echo "$host/$path" ;;
  *' ecr describe-repositories '*)
    printf '{\n "repositories": [{\n "repositoryName": "%s",\n "repositoryUri": "%s"\n }]\n}\n' "$path" "$host/$path" ;;
  *)
    echo "twinhull: no answer to aws ${1-} ${2-}: the registry $host is not ECR" >&2
    exit 255 ;;
esac
