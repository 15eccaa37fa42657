"""One server for pages, API and sockets."""

import gc
import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mpi.settings")

from django.core.asgi import get_asgi_application

from .bodies import BodyLimit

pages = BodyLimit(get_asgi_application())  # loads the apps before anything that needs their models

from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from channels.sessions import SessionMiddlewareStack  # noqa: E402

from workspaces.realtime.routing import websocket_urlpatterns  # noqa: E402

application = ProtocolTypeRouter(
    {
        "http": pages,
        "websocket": SessionMiddlewareStack(URLRouter(websocket_urlpatterns)),
    }
)

# What was loaded by now stays for good: looking through it for garbage, again and again, takes a tenth of a second each time.
gc.collect()
gc.freeze()
