from django.apps import AppConfig


class CohortsConfig(AppConfig):
    name = "cohorts"

    def ready(self):
        from . import receivers  # noqa: F401, PLC0415 (connects them, once models are loaded)
