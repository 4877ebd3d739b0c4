# The lab's builder image for jobs in AWS: nothing needs to be installed when a job starts.
ARG BASE
FROM ${BASE}
RUN apt-get update \
  && apt-get install -y --no-install-recommends awscli \
  && rm -rf /var/lib/apt/lists/*
# Debian's aws does not heed AWS_ENDPOINT_URL yet: it came with version 2.13.
RUN printf '%s\n' '#!/bin/sh' 'exec /usr/bin/aws ${AWS_ENDPOINT_URL:+--endpoint-url "$AWS_ENDPOINT_URL"} "$@"' >/usr/local/bin/aws \
  && chmod +x /usr/local/bin/aws \
  && aws --version
