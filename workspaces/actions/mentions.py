"""Who is called in a message. Only those who may see its topic can be."""

from ..calling import callable_names
from ..markdown import mentioned
from ..models import Mention
from .mails import mail_who_is_called


def note_mentions(message, topic):
    """Keep who the words of `message`, of which none is kept yet, call. Nobody calls themselves."""
    if "@" not in message.body:
        return
    names = callable_names(topic)
    called = {}
    for name in mentioned(message.body, names):
        for person, office in names[name]:
            if person.pk != message.author_id and (person.pk not in called or office is None):
                called[person.pk] = Mention(message=message, person=person, office=office, words=f"@{name}")
    Mention.objects.bulk_create(called.values())
    mail_who_is_called(topic, list(called))
