from django.apps import AppConfig
from django.db.models.signals import post_migrate


class WorkspacesConfig(AppConfig):
    name = "workspaces"

    def ready(self):
        from cohorts.models.holdings_mark import watcher  # noqa: PLC0415

        from . import acts, agreements, events, receivers, searchables, tabs  # noqa: F401, PLC0415 (connects and registers, once models are loaded)
        from .models.rooms import TABLES  # noqa: PLC0415

        post_migrate.connect(watcher(TABLES), sender=self, weak=False)
