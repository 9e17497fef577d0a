# One image for every role: the web server, the workers, the reaper and the preparation (see compose.yaml).

FROM python:3.11-slim AS environment
RUN pip install --no-cache-dir uv
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never
WORKDIR /app
COPY pyproject.toml uv.lock ./
RUN uv sync --frozen --no-dev --no-install-project

FROM python:3.11-slim
RUN useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin hone \
    && install -d -o hone -g hone -m 0750 /data
WORKDIR /app
COPY --from=environment /app/.venv .venv
COPY . .
RUN .venv/bin/python -m compileall -q engine webapp
ENV PATH=/app/.venv/bin:$PATH PYTHONUNBUFFERED=1 HONE_HOME=/data PORT=8000
USER hone
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=6 \
    CMD ["python", "-I", "webapp/lab/health.py"]
# What a websocket may cost: as in webapp/lab/serve.py
ENV WEBSOCKETS="--ws webapp.lab.serve:Socket --ws-max-size 4096 --ws-per-message-deflate false"
CMD ["sh", "-c", "exec uvicorn webapp.asgi:application --host 0.0.0.0 --port $PORT --no-access-log $WEBSOCKETS"]
