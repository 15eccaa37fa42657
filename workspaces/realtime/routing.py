from django.urls import path

from .consumer import WorkspaceConsumer

websocket_urlpatterns = [path("ws/workspaces/<slug:slug>/", WorkspaceConsumer.as_asgi())]
