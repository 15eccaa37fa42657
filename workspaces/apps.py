from django.apps import AppConfig


class WorkspacesConfig(AppConfig):
    name = "workspaces"

    def ready(self):
        from . import acts, agreements, events, receivers, searchables, tabs  # noqa: F401, PLC0415 (connects and registers, once models are loaded)
