"""Whom a message in a topic can call with an “@”: people who may see the topic, and their offices."""

from .models import Message, terms_reading


def terms_called(topic):
    """The terms of those who read `topic`. At a convening, only of those who have written there: neither the cohort nor the
    convening's guests stand in a list. One query."""
    terms = terms_reading(topic)
    if topic.workspace.convening_id:
        terms = terms.filter(person__in=Message.objects.filter(topic__workspace=topic.workspace_id).values("author"))
    return terms


def callable_names(topic):
    """`{name: [(person, office or None)]}`: whom a message in `topic` can call, people before offices. One query.

    An office's name calls everybody of the office who sees the topic."""
    terms = list(terms_called(topic))
    people, offices = {}, {}
    for term in terms:
        people.setdefault(term.person.name, {})[term.person_id] = (term.person, None)
        if term.seat.office_id:
            offices.setdefault(term.seat.office.name, {})[term.person_id] = (term.person, term.seat.office)
    return {name: list(called.values()) for name, called in (offices | people).items()}


def rows_to_call(topic):
    """`[{id, kind, name, title}]`: the people and offices whom a message can call, as one chooses from a list. One query."""
    people, offices = {}, {}
    for term in terms_called(topic):
        office = term.seat.office
        row = {"id": term.person_id, "kind": "person", "name": term.person.name, "title": term.full_title}
        people.setdefault(term.person_id, row)
        if office:
            offices[office.pk] = {"id": office.pk, "kind": "office", "name": office.name, "title": "Everyone in the office"}
    return [*people.values(), *offices.values()]
