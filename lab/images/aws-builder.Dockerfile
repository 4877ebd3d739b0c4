# The lab's builder image for jobs in AWS: what a team bakes into its own there, and what leads to the emulator.
ARG BASE
FROM ${BASE}
RUN apt-get update \
  && apt-get install -y --no-install-recommends awscli \
  && rm -rf /var/lib/apt/lists/*
# Debian's aws does not heed AWS_ENDPOINT_URL yet: it came with version 2.13.
RUN printf '%s\n' '#!/bin/sh' 'exec /usr/bin/aws --endpoint-url "$AWS_ENDPOINT_URL" "$@"' >/usr/local/bin/aws \
  && chmod +x /usr/local/bin/aws \
  && aws --version
# On the host's instance role in AWS; here, what the emulator takes.
ARG AWS_ENDPOINT_URL
ENV AWS_ENDPOINT_URL=${AWS_ENDPOINT_URL} AWS_ACCESS_KEY_ID=lab AWS_SECRET_ACCESS_KEY=lab AWS_EC2_METADATA_DISABLED=true
# The private CA of the git server, where the builder looks for one.
ARG GIT_CA
RUN mkdir -p /run/twinhull && printf '%s\n' "$GIT_CA" >/run/twinhull/ca.pem
