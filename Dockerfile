# The service (target `service`, the default) and what fills its stores (target `pipelines`), for CPUs or NVIDIA cards:
#
#   docker build --tag llm-twin:0.1.0 .
#   docker build --tag llm-twin:0.1.0-cuda --build-arg TORCH=cuda .
#   docker build --tag llm-twin-pipelines:0.1.0 --target pipelines --build-arg EXTRAS=files .
#
# What SageMaker runs to train and to evaluate (target `training`; docs/sagemaker.md):
#
#   docker build --tag llm-twin-training:0.1.0-cuda --target training --build-arg TORCH=cuda \
#     --build-arg EXTRAS=train,datasets .
#
# docs/deploy.md says how to run them.

FROM python:3.11.17-slim-trixie AS base

# --- What is installed: exactly the versions of constraints.txt ------------------------------------------------------
FROM base AS installed

# cpu or cuda. The wheels of torch carry CUDA with them, so both stand on the same image.
ARG TORCH=cpu
# Extras of pyproject.toml, separated by commas: aws for SageMaker, tracing for Opik, files for PDF and DOCX.
ARG EXTRAS=""
# pip of the base image installs into the environment, which has none itself.
ENV PIP_PYTHON=/opt/twin/bin/python \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_ROOT_USER_ACTION=ignore

SHELL ["/bin/bash", "-o", "errexit", "-o", "nounset", "-o", "pipefail", "-c"]
WORKDIR /build
RUN python -m venv --without-pip /opt/twin

# torch comes first, as in the Makefile: its CPU build saves gigabytes.
COPY constraints.txt ./
# The version is that of constraints.txt, which is read here.
# hadolint ignore=DL3013
RUN --mount=type=cache,target=/root/.cache/pip \
    torch="$(sed -n 's/^\(torch==[0-9.]*\).*/\1/p' constraints.txt)"; \
    case "$TORCH" in \
      cpu) pip install --index-url https://download.pytorch.org/whl/cpu "$torch" ;; \
      cuda) pip install --constraint constraints.txt "$torch" ;; \
      *) echo "TORCH is '$TORCH'. Give cpu or cuda." >&2; exit 1 ;; \
    esac

# The dependencies are a layer of their own, which a change of the code does not build anew: they are installed for
# empty packages, which the next step replaces.
COPY pyproject.toml README.md LICENSE ./
RUN --mount=type=cache,target=/root/.cache/pip \
    for package in llm_engineering pipelines steps tools; do mkdir "$package"; touch "$package/__init__.py"; done; \
    pip install --constraint constraints.txt ".${EXTRAS:+[$EXTRAS]}"; \
    rm -r llm_engineering pipelines steps tools

COPY llm_engineering llm_engineering
COPY pipelines pipelines
COPY steps steps
COPY tools tools
RUN --mount=type=cache,target=/root/.cache/pip \
    pip install --no-deps --force-reinstall .

# --- What runs -------------------------------------------------------------------------------------------------------
FROM base AS runtime

RUN groupadd --system --gid 10001 twin \
    && useradd --system --uid 10001 --gid twin --no-create-home --home-dir /data --shell /usr/sbin/nologin twin \
    && install --directory --owner twin --group twin /data

COPY --from=installed /opt/twin /opt/twin
COPY configs /app/configs

# Only /data and /tmp are written to, so the rest can be read-only. What libraries keep in a home goes to /data.
ENV PATH=/opt/twin/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HOME=/data \
    DATA_FOLDER=/data \
    ZENML_CONFIG_PATH=/data/zenml \
    ZENML_ANALYTICS_OPT_IN=false
WORKDIR /app
# By number, so that Kubernetes can tell that it is not root.
USER 10001:10001
ENTRYPOINT ["python", "-m"]

# --- Crawls, builds the index, makes data sets -----------------------------------------------------------------------
FROM runtime AS pipelines

USER 0:0
# Debian lets a version go when it has a newer one, so a pinned one could soon not be built any more.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends git \
    && rm -rf /var/lib/apt/lists/*
USER 10001:10001

ARG REVISION=unknown
LABEL org.opencontainers.image.title="LLM Twin, pipelines" \
      org.opencontainers.image.description="Collects what an author has written and builds the index." \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.revision="$REVISION"
CMD ["tools.run", "--help"]

# --- Trains and evaluates in a job of SageMaker -----------------------------------------------------------------------
FROM runtime AS training

# SageMaker lays out /opt/ml for root and starts each job on a machine of its own, which ends with it.
# hadolint ignore=DL3002
USER 0:0
# It starts `IMAGE train`. What is downloaded goes to the disk of the job.
ENV HF_HOME=/opt/ml/huggingface
ENTRYPOINT ["python", "-m", "tools.sagemaker_job"]

ARG REVISION=unknown
LABEL org.opencontainers.image.title="LLM Twin, training" \
      org.opencontainers.image.description="Trains and evaluates models in jobs of SageMaker." \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.revision="$REVISION"
CMD ["train"]

# --- Answers ---------------------------------------------------------------------------------------------------------
FROM runtime AS service

# A container is reached from outside of it, so the service asks for SERVICE_API_KEYS and does not start without.
ENV SERVICE_HOST=0.0.0.0 \
    SERVICE_PORT=8000
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=120s --retries=3 \
    CMD ["python", "-c", "import http.client, os; \
asked = http.client.HTTPConnection('127.0.0.1', int(os.environ['SERVICE_PORT']), timeout=4); \
asked.request('GET', '/healthz'); \
raise SystemExit(asked.getresponse().status != 200)"]

ARG REVISION=unknown
LABEL org.opencontainers.image.title="LLM Twin" \
      org.opencontainers.image.description="Answers questions about what an author has written, with citations." \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.revision="$REVISION"
CMD ["tools.ml_service"]
