"""Whether the web server answers; run as a script it is the container's health check."""

import http.client
import os
import sys


def first_host() -> str:
    """A host name the site accepts: a health check that came by address would be refused."""
    host = os.environ.get("ALLOWED_HOSTS", "localhost").split(",")[0].strip()
    return "localhost" if host in {"", "*"} else host.lstrip(".")


def answers(host: str, port: int, timeout: float = 2.0) -> bool:
    """Whether /health/ at `host`:`port` says 200 within `timeout` seconds."""
    connection = http.client.HTTPConnection(host, port, timeout=timeout)
    try:
        connection.request("GET", "/health/", headers={"Host": first_host()})
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(0 if answers("127.0.0.1", int(os.environ.get("PORT", "8000"))) else 1)
