from django.apps import AppConfig


class PoliciesConfig(AppConfig):
    name = "policies"

    def ready(self):
        from . import acts, cards, events, receivers, searchables, subjects, tabs, ties  # noqa: F401, PLC0415 (connects and registers, once models are loaded)
