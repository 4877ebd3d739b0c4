#!/bin/bash
# Builds the task image of this repository and pushes it to Amazon ECR. Run from the root of the repository.
set -eu

IMAGE_TAG="$USER-image"
REPO_NAME="vecoli-mini"
REGION="${AWS_DEFAULT_REGION:-us-gov-west-1}"
ONLY_PRINT=no

usage() {
  cat <<TEXT
usage: build-and-push-ecr.sh [-i IMAGE_TAG] [-r REPO_NAME] [-R REGION] [-u]

  -i  tag of the image in the repository (default: $IMAGE_TAG)
  -r  name of the ECR repository, made when there is none (default: $REPO_NAME)
  -R  AWS region (default: $REGION)
  -u  only print the image's address: build and push nothing
TEXT
}

fail() {
  echo "build-and-push-ecr.sh: $1" >&2
  exit 1
}

while getopts 'i:r:R:uh' option; do
  case $option in
    i) IMAGE_TAG=$OPTARG ;;
    r) REPO_NAME=$OPTARG ;;
    R) REGION=$OPTARG ;;
    u) ONLY_PRINT=yes ;;
    h) usage; exit 0 ;;
    *) usage >&2; exit 1 ;;
  esac
done

for tool in docker aws git; do
  command -v "$tool" >/dev/null || fail "$tool is not installed"
done

REPOSITORY=$(aws ecr describe-repositories --repository-names "$REPO_NAME" --region "$REGION" 2>/dev/null || true)
if [ -z "$REPOSITORY" ]; then
  [ "$ONLY_PRINT" = no ] || fail "there is no ECR repository $REPO_NAME in $REGION"
  echo "making the ECR repository $REPO_NAME in $REGION"
  REPOSITORY=$(aws ecr create-repository --repository-name "$REPO_NAME" --region "$REGION")
fi
URI=$(grep -o '"repositoryUri": "[^"]*"' <<<"$REPOSITORY" | cut -d '"' -f 4 || true)
[ -n "$URI" ] || fail "no repositoryUri in ECR's response about $REPO_NAME"

if [ "$ONLY_PRINT" = yes ]; then
  echo "$URI:$IMAGE_TAG"
  exit 0
fi

docker info >/dev/null 2>&1 || fail 'the Docker Engine does not respond'
aws ecr get-login-password --region "$REGION" | docker login --username AWS --password-stdin "${URI%/*}"

mkdir -p source-info
trap 'rm -f source-info/git_diff.txt' EXIT
git diff HEAD >source-info/git_diff.txt

echo "building $URI:$IMAGE_TAG"
docker build -f runscripts/container/Dockerfile -t "$URI:$IMAGE_TAG" \
  --build-arg git_hash="$(git rev-parse HEAD)" \
  --build-arg git_branch="$(git symbolic-ref --short HEAD 2>/dev/null || echo detached)" \
  --build-arg timestamp="$(date '+%Y%m%d.%H%M%S')" \
  .

docker tag "$URI:$IMAGE_TAG" "$URI:latest"
docker push "$URI:$IMAGE_TAG"
docker push "$URI:latest"
echo "pushed $URI:$IMAGE_TAG"
