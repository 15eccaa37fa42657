"""Two questions a machine asks: does the process answer (`/healthz`), and can it do its work (`/readyz`)."""

import asyncio
import dataclasses
import uuid

from channels.layers import get_channel_layer
from django.http import HttpResponse
from django.urls import path
from django.views.decorators.cache import never_cache
from health_check.base import HealthCheck
from health_check.checks import Database, Storage
from health_check.exceptions import ServiceUnavailable
from health_check.views import HealthCheckView


@dataclasses.dataclass
class ChannelLayer(HealthCheck):
    """A message sent through the layer comes back."""

    async def run(self):
        layer, group, sent = get_channel_layer(), f"ready-{uuid.uuid4().hex}", uuid.uuid4().hex
        try:
            channel = await layer.new_channel()
            await layer.group_add(group, channel)
            await layer.group_send(group, {"type": "ready", "sent": sent})
            received = await asyncio.wait_for(layer.receive(channel), 3)
            await layer.group_discard(group, channel)
        except Exception as problem:  # each kind of layer has its own errors, and any of them means not ready
            raise ServiceUnavailable("The channel layer does not answer") from problem
        if received["sent"] != sent:
            raise ServiceUnavailable("The channel layer answers with something else")


class Ready(HealthCheckView):
    """200 and "ok", or 503 and a line for each part that fails: its name only, no message from inside."""

    checks = (Database, ChannelLayer, Storage)

    async def get(self, request, *args, **kwargs):
        failed = [name for name, is_well in await self.parts() if not is_well]
        body = "\n".join(f"{name} is not reachable" for name in failed) or "ok"
        return HttpResponse(body + "\n", content_type="text/plain", status=503 if failed else 200)

    async def parts(self):
        """`[(name, whether it is reachable)]`."""
        results = await asyncio.gather(*(check.get_result() for check in self.get_checks()))
        return [(NAMES[type(result.check)], not result.error) for result in results]


NAMES = {Database: "database", ChannelLayer: "channel layer", Storage: "storage"}


@never_cache
def alive(request):
    return HttpResponse("ok", content_type="text/plain")


urlpatterns = [
    path("healthz", alive, name="healthz"),
    path("readyz", Ready.as_view(), name="readyz"),
]
