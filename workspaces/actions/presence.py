from django.core.exceptions import ValidationError
from django.db import transaction

from ..models import PresenceChoice
from ..realtime.publish import hint


@transaction.atomic
def show_presence(person, shown_to):
    """Say who sees that `person` is here, or typing; open pages obey from now on. Raises ValidationError."""
    if shown_to not in PresenceChoice.ShownTo.values:
        raise ValidationError({"shown_to": "Choose one."})
    choice, _ = PresenceChoice.objects.update_or_create(person=person, defaults={"shown_to": shown_to})
    hint({"type": "presence.chosen", "person": str(person.pk), "shown_to": shown_to})
    return choice


def shown_to_of(person):
    choice = getattr(person, "presence_choice", None)  # Django's “there is none” is an AttributeError
    return choice.shown_to if choice else PresenceChoice.ShownTo.OFFICE
