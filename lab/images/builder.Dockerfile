# The builder image of the lab: what a job's phases run in. BASE is a Debian image.
ARG BASE
FROM ${BASE} AS docker-client
# Only the client of Debian's docker.io, which has BuildKit built in; the engine is the host's.
RUN apt-get update \
  && cd /tmp \
  && apt-get download docker.io \
  && dpkg-deb --fsys-tarfile docker.io_*.deb | tar -x -C / ./usr/bin/docker

FROM ${BASE}
# A flavour for jobs in AWS adds awscli here.
ARG EXTRA_PACKAGES=""
RUN apt-get update \
  && apt-get install -y --no-install-recommends bash ca-certificates curl git ${EXTRA_PACKAGES} \
  && rm -rf /var/lib/apt/lists/*
COPY --from=docker-client /usr/bin/docker /usr/bin/docker
RUN docker --version && git --version && curl --version
CMD ["sh"]
