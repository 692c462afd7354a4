# edgeops with git and SSH, for `edgeops schedule`. Build: docker build -t edgeops .
# Nothing is written below / at run time but what HOME, TMPDIR and --history name.
FROM python:3.13.9-slim-bookworm AS build
WORKDIR /src
COPY requirements/runtime.txt requirements/
RUN python -m venv /opt/edgeops \
 && /opt/edgeops/bin/pip install --no-cache-dir --no-compile --require-hashes \
      --requirement requirements/runtime.txt
COPY setup.cfg pyproject.toml README.md LICENSE ./
COPY edgeops edgeops
RUN /opt/edgeops/bin/pip install --no-cache-dir --no-compile --no-deps .

FROM python:3.13.9-slim-bookworm
RUN apt-get update \
 && apt-get install --yes --no-install-recommends git openssh-client ca-certificates \
 && rm -rf /var/lib/apt/lists/*
COPY --from=build /opt/edgeops /opt/edgeops
ENV PATH=/opt/edgeops/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
USER 65532:65532
WORKDIR /tmp
ENTRYPOINT ["edgeops"]
