# Newsmill and Airflow with its Celery and PostgreSQL providers; every service of docker-compose.yml runs it.
ARG PYTHON_IMAGE=python:3.11.13-slim-bookworm

FROM ${PYTHON_IMAGE} AS build
# Compiled once here: no container that starts may write bytecode, and importing Airflow without takes 5 CPU seconds, not 3.
ENV VIRTUAL_ENV=/opt/newsmill UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_NO_CACHE=1 UV_PYTHON_DOWNLOADS=never
RUN python3 -m venv /opt/uv && /opt/uv/bin/pip install --no-cache-dir uv==0.13.9 && python3 -m venv --without-pip $VIRTUAL_ENV
# For the KubernetesExecutor: --build-arg EXTRAS="--extra deploy --extra kubernetes"
ARG EXTRAS="--extra deploy"
WORKDIR /src
COPY pyproject.toml requirements.lock ./
# Of the lock only what the product needs, with the lock's versions and digests: `uv pip freeze` may name nothing else.
RUN /opt/uv/bin/uv pip install --verify-hashes --only-binary :all: --constraints requirements.lock \
      --requirements pyproject.toml $EXTRAS \
 && sed -n 's/^\([^ #]*==[^ ]*\) .*/\1/p' requirements.lock > pins \
 && /opt/uv/bin/uv pip freeze > installed \
 && ! grep -vxFf pins installed
COPY README.md LICENSE ./
COPY pipeline pipeline
COPY schemas schemas
RUN /opt/uv/bin/uv build --wheel --build-constraints requirements.lock --require-hashes --out-dir /tmp/dist . \
 && /opt/uv/bin/uv pip install --no-deps /tmp/dist/*.whl
COPY dags $VIRTUAL_ENV/dags

FROM ${PYTHON_IMAGE}
COPY --from=build /opt/newsmill /opt/newsmill
# Any user of group 0 may write there; a named volume takes over owner and mode of what it covers.
RUN install --directory --group=0 --mode=2775 /srv/newsmill /srv/sources /srv/logs /srv/cache
# USER, because Airflow refuses to run as a number without a name.
ENV PATH=/opt/newsmill/bin:$PATH AIRFLOW_HOME=/tmp/airflow HOME=/tmp USER=newsmill
USER 10001:0
