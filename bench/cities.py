"""Many cities of one cohort with many things in them, by `bulk_create`: rows as the verbs leave them, without their news."""

import datetime as dt
import itertools
import uuid

from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction
from django.utils import timezone

from cohorts.actions.cohorts import open_cohort
from cohorts.actions.seats import fill_seat
from cohorts.models import City, Cohort, CohortGrant, Enrolment, EnrolmentGrant, Office, Person, Seat, Term
from cohorts.permissions import Role
from policies.models import Action, Tracker
from workspaces.models import Audience, Message, SearchEntry, Stream, Topic, Workspace
from workspaces.search.index import entry_of
from workspaces.search.kinds import searchable

OBJECTS = 100_000
ROLES = (Role.PRINCIPAL, Role.DELEGATE, Role.STAFF)
TRACKERS = 30  # at most in one city: nobody works on hundreds
WORDS = ["court", "reminder", "outreach", "diversion", "call-in", "warrant", "clinic", "bail", "grant", "report"]


@transaction.atomic
def build(many):
    """`many` cities with `OBJECTS` topics, messages, trackers and actions between them, each findable. Returns the cohort, its
    facilitator, and the first city's mayor and workspace."""
    dates = {"starts_on": dt.date(2026, 1, 1), "ends_on": dt.date(2027, 12, 31)}
    cohort = open_cohort(slug="bench", name="Bench", programme="initiative", **dates)
    pairs = enrol(cohort, many)
    facilitator = Person.objects.create_user("facilitator@example.org", "Facilitator")
    desk = Seat(role=Role.FACILITATOR, name="Facilitator", cohort=cohort)
    desk.group = Group.objects.create(name=f"seat {desk.pk}")
    desk.save()
    give(EnrolmentGrant, Enrolment, [(desk, pair) for pair in pairs])
    give(CohortGrant, Cohort, [(desk, cohort)])
    fill_seat(desk, facilitator, title="Facilitator", starts_on=dt.date(2026, 1, 1))
    workspaces = list(Workspace.objects.filter(kind=Workspace.Kind.CITY).order_by("slug"))
    fill(workspaces, OBJECTS // many)
    mayor = Person.objects.get(email="principal.mayor.0@example.org")
    return cohort, facilitator, mayor, workspaces[0]


def enrol(cohort, many):
    cities = City.objects.bulk_create(
        City(slug=f"city-{number:04}-ny", name=f"City {number:04}", state="NY", population=100_000) for number in range(many)
    )
    pairs, seats, people = [], [], []
    for number, city in enumerate(cities):
        offices = [Office(kind=kind, name=f"{city} {kind}", title=kind.title()) for kind in ("mayor", "prosecutor")]
        pairs.append((city, *offices))
        for office, role in itertools.product(offices, ROLES):
            seats.append(Seat(role=role, name=role.title(), office=office))
            people.append(Person(email=f"{role}.{office.kind}.{number}@example.org", name=f"{role} {number}", password="!"))
    Office.objects.bulk_create(office for _, *offices in pairs for office in offices)
    Office.cities.through.objects.bulk_create(
        Office.cities.through(office=office, city=city) for city, *offices in pairs for office in offices
    )
    groups = Group.objects.bulk_create(Group(name=f"seat {seat.pk}") for seat in seats)
    for seat, group in zip(seats, groups, strict=True):
        seat.group = group
    Person.objects.bulk_create(people)
    Seat.objects.bulk_create(seats)
    began = timezone.now() - dt.timedelta(days=200)
    Term.objects.bulk_create(
        Term(seat=seat, person=person, title=seat.name, starts_on=began.date(), begins_at=began)
        for seat, person in zip(seats, people, strict=True)
    )
    enrolments = Enrolment.objects.bulk_create(
        Enrolment(
            slug=city.slug, cohort=cohort, city=city, mayor_office=mayor, prosecutor_office=prosecutor, activated_at=began
        )
        for city, mayor, prosecutor in pairs
    )
    each = len(ROLES) * 2
    of_pair = [(seat, enrolments[number // each]) for number, seat in enumerate(seats)]
    give(EnrolmentGrant, Enrolment, of_pair)
    give(CohortGrant, Cohort, [(seat, cohort) for seat in seats])
    workspaces = Workspace.objects.bulk_create(
        Workspace(slug=pair.slug, name=pair.city.name, kind=Workspace.Kind.CITY, enrolment=pair) for pair in enrolments
    )
    Stream.objects.bulk_create(
        Stream(workspace=workspace, audience=audience, office=office)
        for workspace, pair in zip(workspaces, enrolments, strict=True)
        for audience, office in [
            (Audience.WORKSPACE, None),
            (Audience.OFFICES, None),
            (Audience.OFFICE, pair.mayor_office),
            (Audience.OFFICE, pair.prosecutor_office),
        ]
    )
    return enrolments


def give(grants, container, held):
    """What each seat's role holds on its container, as `grant()` gives it."""
    kind = ContentType.objects.get_for_model(container)
    of_name = {each.codename: each for each in Permission.objects.filter(content_type=kind)}
    grants.objects.bulk_create(
        [
            grants(group=seat.group, permission=of_name[codename], content_object=where)
            for seat, where in held
            for codename in container.permissions_by_role[seat.role]
        ],
        batch_size=5_000,
    )


def fill(workspaces, objects):
    """`objects` in each: topics in every ring, messages in turn by both mayors' people, trackers with actions."""
    at = timezone.now() - dt.timedelta(days=100)
    trackers_each = min(TRACKERS, objects // 20)
    topics_each = actions_each = objects // 5
    messages_each = objects - topics_each - actions_each - trackers_each
    terms = {}
    for term in Term.objects.filter(seat__office__isnull=False).select_related("seat"):
        terms.setdefault(term.seat.office_id, []).append(term)
    streams = {(stream.workspace_id, stream.audience, stream.office_id): stream for stream in Stream.objects.all()}
    number = itertools.count()
    for some in batches(workspaces, max(1, 20_000 // objects)):
        rows = {Topic: [], Message: [], Tracker: [], Action: []}
        for workspace in some:
            mayors, prosecutors = (terms[office.pk] for office in workspace.enrolment.offices)
            topics = []
            for each in range(topics_each):
                audience = ring(each, workspace is workspaces[0])
                office = workspace.enrolment.mayor_office if audience == Audience.OFFICE else None
                words = WORDS[each % len(WORDS)]
                topic = Topic(workspace=workspace, audience=audience, office=office, title=f"The {words} of week {each}")
                topic.term = mayors[each % 3]
                topic.opened_by_id = topic.term.person_id
                topic.created_at = at + dt.timedelta(minutes=each)
                topics.append(topic)
            for each in range(messages_each):
                topic = topics[each % topics_each]
                topic.message_count += 1
                topic.last_message_at = at + dt.timedelta(minutes=each, seconds=next(number) % 60)
                stream = streams[workspace.pk, topic.audience, topic.office_id]
                stream.last_seq += 1
                term = (mayors if each % 2 else prosecutors if topic.audience != Audience.OFFICE else mayors)[each % 3]
                rows[Message].append(
                    Message(
                        topic=topic,
                        stream=stream,
                        seq=stream.last_seq,
                        position=topic.message_count,
                        author_id=term.person_id,
                        term=term,
                        body=f"About the {WORDS[each % 7]} and the {WORDS[each % 10]}, number {each}.",
                        client_id=uuid.uuid4(),
                        created_at=topic.last_message_at,
                    )
                )
            trackers = [
                Tracker(
                    workspace=workspace,
                    title=f"Tracker {each}: {WORDS[each % len(WORDS)]}",
                    opened_by_id=mayors[0].person_id,
                    created_at=at + dt.timedelta(hours=each),
                )
                for each in range(trackers_each)
            ]
            rows[Action] += [
                Action(
                    tracker=trackers[each % trackers_each],
                    title=f"Action {each}: {WORDS[each % len(WORDS)]}",
                    position=each,
                    created_by_id=mayors[0].person_id,
                    due_on=at.date() + dt.timedelta(days=150 + each % 60),
                )
                for each in range(actions_each)
            ]
            rows[Topic] += topics
            rows[Tracker] += trackers
        for model, made in rows.items():
            model._base_manager.bulk_create(made, batch_size=2_000)
            kind = searchable(model._meta.model_name)
            SearchEntry.objects.bulk_create((entry_of(kind, row) for row in made), batch_size=2_000)
        print(f"  {sum(map(len, rows.values()))} things in {len(some)} of {len(workspaces)} cities", flush=True)
    Stream.objects.bulk_update(streams.values(), ["last_seq"], batch_size=1_000)


def ring(number, is_first):
    """Half of the topics are the workspace's; in the first city all, so that what is read there needs no filter."""
    if is_first or number % 2:
        return Audience.WORKSPACE
    return Audience.OFFICE if number % 4 else Audience.OFFICES


def batches(rows, size):
    return [rows[start : start + size] for start in range(0, len(rows), size)]


def settle():
    """What the database's own housekeeping would have done by the time people come."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
