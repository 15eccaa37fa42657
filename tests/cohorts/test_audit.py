"""The trail itself: what is told of which act, in which chain, and that nothing of it can be changed unseen."""

import datetime as dt
import threading
from contextlib import contextmanager
from io import StringIO

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added, authenticator_removed
from django.contrib.sessions.backends.db import SessionStore
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.utils import timezone

from cohorts.actions import audit
from cohorts.actions.audit import PLATFORM, address_of, dated, record_act, rings_of_person
from cohorts.actions.cohorts import end_enrolment
from cohorts.actions.invitations import invite, revoke
from cohorts.actions.people import deactivate
from cohorts.actions.seats import assign_researcher, create_seat, end_term, fill_seat, release_researcher
from cohorts.actions.tokens import issue_token, revoke_token
from cohorts.acts import sentence
from cohorts.models import ApiToken, AppendOnly, AuditChain, AuditEntry, Person, Term

PASSWORD = "a long and quiet afternoon"


def told(**which):
    """`[(chain, action, sentence)]` of the entries that are `which`, in the order of their writing."""
    entries = AuditEntry.objects.filter(of=None, **which).select_related("chain", "actor", "for_whom").order_by("at", "number")
    return [(str(entry.chain), entry.action, sentence(entry)) for entry in entries]


def verify():
    """What the command says of each chain, and whether it ended well."""
    out, is_well = StringIO(), True
    try:
        call_command("verify_audit", stdout=out)
    except CommandError:
        is_well = False
    return dict(line.rsplit(": ", 1) for line in out.getvalue().splitlines()), is_well


@contextmanager
def by_hand(sql, *values):
    """Somebody with the database's own password, past the model and past the trigger."""
    on_postgresql = connection.vendor == "postgresql"
    with connection.cursor() as cursor:
        if on_postgresql:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("ALTER TABLE cohorts_auditentry DISABLE TRIGGER audit_entry_append_only")
        cursor.execute(sql, values)
        yield
        if on_postgresql:
            cursor.execute("ALTER TABLE cohorts_auditentry ENABLE TRIGGER audit_entry_append_only")


def key(entry):
    return entry.pk if connection.vendor == "postgresql" else entry.pk.hex


@pytest.fixture
def since(cast):
    """A moment after the cast was built."""
    return timezone.now()


# --- what is told, and where


def test_a_seat_changes_hands(cast, since):
    office = cast.offices["alder"][0]
    amos = Term.objects.get(person=cast.amos)
    end_term(amos)
    desk = create_seat("staff", "Adviser", office=office)
    fill_seat(desk, cast.otto, title="Adviser", starts_on=dt.date(2026, 1, 1))
    assert told(at__gte=since) == [
        ("Alder in First cohort, both offices", "term.ended", f"The term of Amos was ended: Policy adviser, {office}."),
        ("Alder in First cohort, both offices", "term.started", f"Otto was given a seat: Adviser, {office}."),
    ]


def test_a_seat_that_opens_no_pair_is_its_office_s_own_matter(cast, since):
    office = cast.offices["alder"][0]
    fill_seat(create_seat("it_contact", "IT", office=office), cast.otto, title="IT", starts_on=dt.date(2026, 1, 1))
    assert told(at__gte=since) == [("Alder mayor’s office", "term.started", "Otto was given a seat: IT, Alder mayor’s office.")]


def test_a_facilitator_s_seat_is_told_to_every_pair_it_opens(cast, since):
    fill_seat(create_seat("facilitator", "Second", cohort=cast.cohort), cast.otto, title="F", starts_on=dt.date(2026, 1, 1))
    assert {chain for chain, _, _ in told(at__gte=since)} == {
        "Alder in First cohort, both offices",
        "Birch in First cohort, both offices",
        "First cohort",
        "The platform",
    }


def test_a_researcher_comes_and_goes(cast, since):
    assign_researcher(cast.seats["omar"], cast.alder.enrolment)
    release_researcher(cast.seats["omar"], cast.alder.enrolment)
    for pair in ("Alder in First cohort, both offices", "The platform"):
        assert [words for chain, _, words in told(at__gte=since) if chain == pair] == [
            "Omar, Researcher was assigned to Alder.",
            "Omar, Researcher was released from Alder.",
        ]


def test_an_assignment_from_before_the_city_was_told(cast):
    entry = AuditEntry.objects.filter(action="researcher.assigned").first()
    entry.detail = {}
    assert sentence(entry).endswith(" was assigned to the city.")


def test_a_city_leaves(cast, since):
    end_enrolment(cast.cedar.enrolment)
    assert told(at__gte=since) == [
        ("Cedar in Other cohort, both offices", "city.left", "Cedar in Other cohort: the enrolment was ended.")
    ]
    assert ("Cedar in Other cohort, both offices", "city.enrolled", "Cedar in Other cohort: enrolled.") in told()


def test_tokens_are_told_once(cast, since):
    token, _ = issue_token(cast.ada, scope=ApiToken.Scope.READ, days=30)
    revoke_token(token)
    revoke_token(token)
    assert told(at__gte=since) == [
        ("Alder mayor’s office", "token.issued", "An API token was made for Ada (read)."),
        ("Alder mayor’s office", "token.revoked", "An API token of Ada was revoked."),
    ]
    assert not ApiToken.objects.valid().exists()


def test_the_command_s_token_is_told_too(cast, since):
    call_command("issue_token", "finn@example.org", stdout=StringIO())
    assert told(at__gte=since) == [("The platform", "token.issued", "An API token was made for Finn (read).")]


def sign_in(client, email, password):
    return client.post("/accounts/login/", {"login": email, "password": password}, REMOTE_ADDR="203.0.113.9")


@pytest.mark.parametrize("who, chain", [("ada", "Alder mayor’s office"), ("finn", "The platform"), ("otto", "The platform")])
def test_at_the_door(cast, since, who, chain):
    person = getattr(cast, who)
    person.set_password(PASSWORD)
    person.save()
    Authenticator.objects.filter(user=person).delete()  # in with the password, as far as that leads
    client = Client()
    sign_in(client, person.email.upper(), "not that one at all")
    assert sign_in(client, person.email, PASSWORD).status_code == 302
    client.post("/accounts/logout/")
    name = person.name
    assert told(at__gte=since) == [
        (chain, "sign_in.failed", f"Somebody tried to sign in as {name} and did not get in, by a password."),
        (chain, "sign_in.done", f"{name} signed in, by a password."),
        (chain, "sign_out.done", f"{name} signed out."),
    ]
    entries = AuditEntry.objects.filter(at__gte=since).order_by("number")
    assert [entry.address for entry in entries] == ["203.0.113.9", "203.0.113.9", "127.0.0.1"]


def test_an_address_nobody_has_is_not_kept(cast, since):
    sign_in(Client(), "nobody@example.org", PASSWORD)
    assert told(at__gte=since) == []


def test_a_new_password(cast, since):
    cast.ada.set_password(PASSWORD)
    cast.ada.save()
    client = Client()
    client.force_login(cast.ada)
    new = "another long and quiet evening"
    client.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new})
    assert told(action="password.changed") == [("Alder mayor’s office", "password.changed", "Ada changed their password.")]
    everything = str(list(AuditEntry.objects.values()))
    assert PASSWORD not in everything and new not in everything


def test_an_account_is_closed(cast, since):
    deactivate(cast.amos)
    deactivate(cast.otto)
    assert told(at__gte=since) == [
        ("Alder in First cohort, both offices", "account.closed", "The account of Amos was closed."),
        ("The platform", "account.closed", "The account of Amos was closed."),
        ("The platform", "account.closed", "The account of Otto was closed."),
    ]
    assert rings_of_person(Person.objects.get(pk=cast.amos.pk)) == [None]


@pytest.mark.parametrize(
    "said, kept",
    [("203.0.113.9", "203.0.113.9"), ("2001:DB8:0:0::1", "2001:db8::1"), ("fe80::1%eth0", "fe80::1"), ("", None), ("x", None)],
)
def test_addresses(rf, said, kept):
    assert address_of(rf.get("/", REMOTE_ADDR=said)) == kept


def test_an_act_that_nobody_registered(cast):
    with pytest.raises(KeyError):
        record_act("something.else", cast.alder.enrolment)


def test_the_past_of_the_demonstration_is_dated_when_it_is_written(cast):
    then = dt.datetime(2026, 3, 1, 15, tzinfo=dt.UTC)
    with dated(then):
        record_act("city.left", cast.alder.enrolment)
    assert AuditEntry.objects.get(action="city.left").at == then
    assert verify()[1]


def test_what_is_undone_is_not_told(cast, since):
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        record_act("city.left", cast.alder.enrolment)
        raise ZeroDivisionError
    assert told(at__gte=since) == []
    assert verify()[1]


@pytest.mark.parametrize("are_seen", [False, True])
@pytest.mark.django_db(transaction=True)
def test_two_who_act_at_once_on_the_same_rings(cast, monkeypatch, are_seen):
    """Each names the rings in another order, and neither the platform's chain nor the office's is there yet: this process has
    never seen them, or knows of them by then."""
    monkeypatch.setattr(audit, "_seen", set())
    if are_seen:
        record_act("city.left", cast.offices["alder"][0], PLATFORM)
    rings = [cast.alder.enrolment, cast.birch.enrolment, cast.offices["alder"][0], PLATFORM]
    failed = []

    def act(order):
        try:
            for _ in range(5):
                record_act("city.left", *order)
        except Exception as error:  # whatever it is, the test is to say it
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=act, args=[order]) for order in (rings, rings[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert failed == []
    assert AuditEntry.objects.filter(action="city.left").count() == 40 + 2 * are_seen
    assert verify()[1]


def test_what_an_entry_costs(cast, django_assert_num_queries):
    with django_assert_num_queries(3):  # the chain, the entry, the chain's head
        record_act("city.left", cast.alder.enrolment)


# --- nothing is changed


def test_the_model_refuses(cast):
    entry = AuditEntry.objects.first()
    entry.subject_words = "Somebody else"
    for change in (
        entry.save,
        entry.delete,
        AuditEntry.objects.all().delete,
        lambda: AuditEntry.objects.update(address=""),
        lambda: AuditEntry.objects.bulk_update([entry], ["subject_words"]),
    ):
        with pytest.raises(AppendOnly), transaction.atomic():
            change()
    assert verify()[1]


def test_postgresql_refuses_whoever_asks(cast):
    for sql in ("UPDATE cohorts_auditentry SET action = 'x'", "DELETE FROM cohorts_auditentry"):
        with transaction.atomic(), connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                with pytest.raises(DatabaseError, match="only ever added to"), transaction.atomic():
                    cursor.execute(sql)
    assert verify()[1]


def test_every_chain_is_whole(cast):
    lines, is_well = verify()
    assert is_well
    assert set(lines) == {
        "Alder in First cohort, both offices",
        "Birch in First cohort, both offices",
        "Cedar in Other cohort, both offices",
        "First cohort",
        "The platform",
    }
    head = AuditChain.objects.get(cohort=cast.cohort).last_hash
    assert lines["First cohort"] == f"whole, 4 entries, ends with {head}"


@pytest.mark.parametrize(
    "change",
    [
        "subject_words = 'Mallory, Mayor'",
        "action = 'term.ended'",
        "at = '2020-01-01 00:00:00+00:00'",
        "actor_id = term_id",
        'detail = \'{"role": "staff"}\'',
        "address = '198.51.100.1'",
        "previous_hash = hash",
        "hash = previous_hash",
    ],
)
def test_a_changed_row_is_named(cast, change):
    chain = AuditChain.objects.get(cohort=cast.cohort)
    if "actor_id" in change:
        change = f"actor_id = '{key(cast.finn)}'"
    entry = chain.entries.get(number=2)
    with by_hand(f"UPDATE cohorts_auditentry SET {change} WHERE id = %s", key(entry)):
        lines, is_well = verify()
    assert not is_well
    assert lines["First cohort"].startswith("entry 2 was changed (")
    assert str(entry.pk) in lines["First cohort"]
    assert {line.split(",")[0] for chain, line in lines.items() if chain != "First cohort"} == {"whole"}


@pytest.mark.parametrize("number", [1, 3, 4])
def test_a_missing_row_is_named(cast, number):
    """The first, one in the middle, and the last."""
    entry = AuditChain.objects.get(cohort=cast.cohort).entries.get(number=number)
    with by_hand("DELETE FROM cohorts_auditentry WHERE id = %s", key(entry)):
        lines, is_well = verify()
    assert (lines["First cohort"], is_well) == (f"entry {number} is missing", False)


def test_a_rewritten_end_is_found(cast):
    """The last row changed with a hash that fits it: the chain remembers the one it was."""
    entry = AuditChain.objects.get(cohort=cast.cohort).entries.get(number=4)
    entry.subject_words = "Mallory, Guest"
    forged = entry.digest()
    sql = "UPDATE cohorts_auditentry SET subject_words = 'Mallory, Guest', hash = %s WHERE id = %s"
    with by_hand(sql, forged, key(entry)):
        lines, is_well = verify()
    assert (lines["First cohort"], is_well) == ("entry 4 is not the one it was", False)


def test_invitations_are_told_where_they_are_made(cast, since):
    office = cast.offices["alder"][0]
    invitation = invite(cast.ada, email="vera@example.org", office=office, role="staff", title="Adviser")
    revoke(invitation, cast.ada)
    revoke(invitation, cast.ada)
    invite(cast.finn, email="olga@example.org", cohort=cast.cohort, role="researcher")
    assert told(at__gte=since) == [
        ("Alder mayor’s office", "invitation.made", "Ada invited vera@example.org to Alder mayor’s office."),
        (
            "Alder mayor’s office",
            "invitation.revoked",
            "Ada took back the invitation of vera@example.org to Alder mayor’s office.",
        ),
        ("First cohort", "invitation.made", "Finn invited olga@example.org to First cohort."),
        ("The platform", "invitation.made", "Finn invited olga@example.org to First cohort."),
    ]


@pytest.mark.parametrize("is_added", [True, False])
def test_a_second_factor_is_told_to_its_office(cast, since, rf, is_added):
    factor = Authenticator.objects.get(user=cast.ada)
    signal = authenticator_added if is_added else authenticator_removed
    request = rf.get("/")
    request.session = SessionStore()
    signal.send(Authenticator, request=request, user=cast.ada, authenticator=factor)
    code, words = ("added", "added") if is_added else ("removed", "removed")
    assert told(at__gte=since) == [
        ("Alder mayor’s office", f"factor.{code}", f"Ada {words} a way to sign in: TOTP Authenticator.")
    ]
