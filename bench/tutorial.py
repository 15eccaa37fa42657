"""The baseline of the fan-out: the consumer of the tutorial (https://channels.readthedocs.io/en/stable/tutorial/), with
a POST that stores a row before it tells the group. Served as `bench.tutorial:application`."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mpi.settings")

import django
from django.conf import settings

django.setup()
settings.ROOT_URLCONF = "bench.tutorial"
settings.MIDDLEWARE = []

import json  # noqa: E402

from asgiref.sync import async_to_sync  # noqa: E402
from channels.generic.websocket import AsyncWebsocketConsumer  # noqa: E402
from channels.layers import get_channel_layer  # noqa: E402
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.core.asgi import get_asgi_application  # noqa: E402
from django.http import JsonResponse  # noqa: E402
from django.urls import path  # noqa: E402
from django.utils.crypto import get_random_string  # noqa: E402

from cohorts.models import IdempotencyKey, Person  # noqa: E402


class ChatConsumer(AsyncWebsocketConsumer):
    async def connect(self):
        await self.channel_layer.group_add("room", self.channel_name)
        await self.accept()

    async def disconnect(self, code):
        await self.channel_layer.group_discard("room", self.channel_name)

    async def chat_message(self, event):
        await self.send(text_data=json.dumps({"message": event["message"]}))


def post(request):
    """Store a row (one of a table with the same constraints' cost), then tell the room."""
    body = json.loads(request.body)["body"]
    person = Person.objects.order_by("email").first()
    IdempotencyKey.objects.create(
        person=person, key=get_random_string(20), path="/post/", body_sha256=body[:64], object_id=person.pk
    )
    async_to_sync(get_channel_layer().group_send)("room", {"type": "chat.message", "message": body})
    return JsonResponse({"message": body}, status=201)


urlpatterns = [path("post/", post)]
application = ProtocolTypeRouter(
    {"http": get_asgi_application(), "websocket": URLRouter([path("ws/", ChatConsumer.as_asgi())])},
)
