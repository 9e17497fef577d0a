"""HTTP and websockets: routing only."""

import os

import django
from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import AllowedHostsOriginValidator

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "webapp.settings")
django.setup(set_prefix=False)

from webapp.body_limit import BodyLimit  # noqa: E402  (settings and models need the line above)
from webapp.handler import Handler  # noqa: E402
from webapp.runs.live.routing import websocket_urlpatterns as of_runs  # noqa: E402
from webapp.runs.sharing.sockets import websocket_urlpatterns as of_shared_runs  # noqa: E402

application = ProtocolTypeRouter(
    {
        "http": BodyLimit(Handler()),
        "websocket": AllowedHostsOriginValidator(AuthMiddlewareStack(URLRouter([*of_shared_runs, *of_runs]))),
    }
)
