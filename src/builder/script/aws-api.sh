# Requests to AWS by curl, which starts at once where the AWS CLI needs a second or more. All cases that are not certain,
# and all failures, are left to the AWS CLI, whose messages explain them. Credentials go to curl by standard input.

credentials_endpoint=http://169.254.170.2

# ecr_password REGION: prints the password of ECR's login.
ecr_password() (
  unset password
  target=AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken
  password=$(aws_request "$1" ecr "$target" '{}' | json_text authorizationToken - | base64 -d 2>/dev/null)
  case $password in
    AWS:?*) printf '%s\n' "${password#AWS:}" ;;
    *) aws ecr get-login-password --region "$1" ;;
  esac
)

# secret_string REGION ID: prints the text of a secret in Secrets Manager.
secret_string() (
  unset text
  text=$(aws_request "$1" secretsmanager secretsmanager.GetSecretValue "{\"SecretId\":\"$2\"}" | json_string SecretString && echo .) || text=''
  if [ -n "${text%??}" ]; then
    printf %s "${text%.}"
  else
    aws secretsmanager get-secret-value --region "$1" --secret-id "$2" --query SecretString --output text
  fi
)

# aws_request REGION SERVICE TARGET BODY: prints the response.
aws_request() (
  unset key_id access_key session answer
  can_sign && find_endpoint "$1" "$2" && find_credentials || exit
  {
    printf 'user = "%s:%s"\n' "$key_id" "$access_key"
    [ -z "$session" ] || printf 'header = "x-amz-security-token: %s"\n' "$session"
  } | curl -q --config - --silent --fail --connect-timeout 5 --max-time 20 --aws-sigv4 "aws:amz:$1:$2" \
    --header 'content-type: application/x-amz-json-1.1' --header "x-amz-target: $3" --data "$4" \
    ${AWS_CA_BUNDLE:+--cacert "$AWS_CA_BUNDLE"} "$endpoint/" 2>/dev/null
)

# From this version on, curl signs all headers, as AWS requires.
can_sign() {
  version=$(curl --version 2>/dev/null) && version=${version#curl }
  is_like "${version%% *}" '(7\.88|[89]|[1-9][0-9])\..*' 2>/dev/null
}

# find_endpoint REGION SERVICE: sets $endpoint.
find_endpoint() {
  case $2 in
    ecr) endpoint=${AWS_ENDPOINT_URL_ECR-} ;;
    *) endpoint=${AWS_ENDPOINT_URL_SECRETS_MANAGER-} ;;
  esac
  endpoint=${endpoint:-${AWS_ENDPOINT_URL-}}
  endpoint=${endpoint%/}
  [ -z "${AWS_IGNORE_CONFIGURED_ENDPOINT_URLS-}${AWS_USE_FIPS_ENDPOINT-}${AWS_USE_DUALSTACK_ENDPOINT-}" ] || return
  [ -z "$endpoint" ] || return 0
  case $1 in
    *iso*) return 1 ;;
    af-* | ap-* | ca-* | eu-* | il-* | me-* | mx-* | sa-* | us-*) endpoint=$2.$1.amazonaws.com ;;
    *) return 1 ;;
  esac
  case $2 in ecr) endpoint=api.$endpoint ;; esac
  endpoint=https://$endpoint
}

# find_credentials: sets $key_id, $access_key and $session, from variables or as the job role. The AWS CLI finds others.
find_credentials() {
  [ -z "${AWS_PROFILE-}${AWS_DEFAULT_PROFILE-}${AWS_WEB_IDENTITY_TOKEN_FILE-}" ] || return
  for file in "${AWS_CONFIG_FILE:-${HOME-/root}/.aws/config}" "${AWS_SHARED_CREDENTIALS_FILE:-${HOME-/root}/.aws/credentials}"; do
    [ ! -e "$file" ] || return
  done
  if [ -n "${AWS_ACCESS_KEY_ID-}" ]; then
    key_id=$AWS_ACCESS_KEY_ID access_key=${AWS_SECRET_ACCESS_KEY-} session=${AWS_SESSION_TOKEN-}
  else
    [ -n "${AWS_CONTAINER_CREDENTIALS_RELATIVE_URI-}" ] || return
    answer=$(printf 'url = "%s"\n' "$credentials_endpoint$AWS_CONTAINER_CREDENTIALS_RELATIVE_URI" |
      curl -q --config - --silent --fail --noproxy '*' --max-time 5 2>/dev/null) || return
    key_id=$(printf '%s\n' "$answer" | json_text AccessKeyId -)
    access_key=$(printf '%s\n' "$answer" | json_text SecretAccessKey -)
    session=$(printf '%s\n' "$answer" | json_text Token -)
  fi
  [ -n "$key_id" ] && [ -n "$access_key" ] && is_like "$key_id$access_key$session" '[A-Za-z0-9/+=_.-]+'
}

# json_string KEY: prints that string of a JSON object from standard input, with its escapes resolved. Fails at an escape
# that it does not know.
json_string() {
  sed -nE "s/.*\"$1\"[[:space:]]*:[[:space:]]*\"(([^\"\\\\]|\\\\.)*)\".*/\\1/p" | LC_ALL=C awk '
    {
      while (at = index($0, "\\")) {
        escaped = substr($0, at + 1, 1)
        if (escaped == "n") escaped = "\n"
        else if (escaped == "t") escaped = "\t"
        else if (escaped == "r") escaped = "\r"
        else if (index("\"\\/", escaped) == 0) unknown = 1
        text = text substr($0, 1, at - 1) escaped
        $0 = substr($0, at + 2)
      }
      text = text $0
    }
    END {
      if (unknown || NR != 1) exit 1
      print text
    }'
}
