"""`python -m tests.faults.stage`: makes the tables of the environment's database and puts the cast on it. Prints as JSON, in
its last line, what those who write and read there need."""

import json

import django
from django.core.management import call_command

READERS = ["ada", "ben", "finn", "nora"]


def main():
    django.setup()
    call_command("migrate", verbosity=0)
    from cohorts.models import ApiToken  # noqa: PLC0415 (models exist only after django.setup())
    from tests.cast import build_cast  # noqa: PLC0415
    from workspaces.actions.topics import open_topic  # noqa: PLC0415

    cast = build_cast()
    topic = open_topic(cast.standing("ada"), title="Call-in date")
    tokens = {name: ApiToken.objects.issue(getattr(cast, name), ApiToken.Scope.WRITE, days=1)[1] for name in READERS}
    print(json.dumps({"topic": str(topic.pk), "tokens": tokens}))


if __name__ == "__main__":
    main()
