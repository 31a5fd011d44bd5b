# Karlos in a container: the requirements are built in one image and run in another, by a user of their own, on a file system
# that need not be writable. compose.yaml shows how it is used.
FROM python:3.12-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
COPY requirements.txt /
RUN python -m venv /venv && /venv/bin/pip install --require-hashes -r /requirements.txt

FROM python:3.12-slim
# What it wants to write, it writes to /data; nothing else need be writable.
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    DEBUG=false HOST=0.0.0.0 PORT=8000 DATA_DIR=/data ENV_FILE=/dev/null LOG_FORMAT=json
RUN useradd --uid 10001 --no-create-home karlos && install -d -o karlos -g karlos /data
COPY --from=build /venv /venv
COPY . /karlos
WORKDIR /karlos
USER karlos
VOLUME /data
EXPOSE 8000
CMD ["python", "manage.py", "serve", "web"]
