from django.apps import AppConfig
from django.db.models.signals import post_migrate


class CohortsConfig(AppConfig):
    name = "cohorts"

    def ready(self):
        from . import receivers  # noqa: F401, PLC0415 (connects them, once models are loaded)
        from .models.holdings_mark import TABLES, watcher  # noqa: PLC0415

        post_migrate.connect(watcher(TABLES), sender=self, weak=False)
