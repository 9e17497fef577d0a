"""HTTP and websockets: routing only."""

import os

from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "webapp.settings")
http = get_asgi_application()

from webapp.body_limit import BodyLimit  # noqa: E402  (settings and models need the line above)
from webapp.runs.live.routing import websocket_urlpatterns as of_runs  # noqa: E402
from webapp.runs.sharing.sockets import websocket_urlpatterns as of_shared_runs  # noqa: E402

application = ProtocolTypeRouter(
    {
        "http": BodyLimit(http),
        "websocket": AllowedHostsOriginValidator(AuthMiddlewareStack(URLRouter([*of_shared_runs, *of_runs]))),
    }
)
