"""What people choose to get by mail, and what asks for one. Asking leaves a row that waits, and wakes the worker after the
commit; should that fail, the sweep finds the row."""

from django.db import transaction
from django.utils import timezone

from cohorts.models import Person, Term

from .. import tasks
from ..mails.planning import today
from ..models import Mail, MailChoice, MailChoices, signing_terms


@transaction.atomic
def choose_mails(person, workspace=None, **choice):
    """What `person` wants by mail from `workspace`, or from every one of which they say nothing."""
    row, _ = MailChoice.objects.update_or_create(person=person, workspace=workspace, defaults=choice)
    return row


def choose_as_everywhere(person, workspace):
    """Let what they want everywhere count here too."""
    MailChoice.objects.filter(person=person, workspace=workspace).delete()


@transaction.atomic
def stop_mails(address):
    """Stop what the mail with this address (a MailAddress) is one of: what is new, everywhere; or what asks for a signature in
    that one workspace. Again, it changes nothing."""
    person, mail = address.person, address.mail
    if mail.kind == Mail.Kind.NEWS:
        never = {"mentions": MailChoice.Mentions.NEVER, "rest": MailChoice.Rest.NEVER}
        MailChoice.objects.filter(person=person).update(**never)
        choose_mails(person, **never)
    elif mail.sign_off_id:
        workspace = mail.sign_off.workspace
        now = MailChoices([person]).of(person.pk, workspace.pk)
        choose_mails(person, workspace, mentions=now.mentions, rest=now.rest, signatures=False)


def mail_who_is_called(topic, people):
    """Those of `people` (keys) who want to hear at once that they are called in `topic`. It is the one mail of their day: who
    had that already hears the next morning."""
    if not people:
        return
    choices = MailChoices(people)
    wanting = [key for key in people if choices.of(key, topic.workspace_id).is_at_once]
    if not wanting:
        return
    now = timezone.now()
    mails = [Mail.of_news(person.pk, today(person, now)) for person in Person.objects.filter(pk__in=wanting)]
    Mail.objects.wait(mails)
    unsent = [Mail.State.WAITING, Mail.State.EMPTY]
    for key in sorted(mail.key for mail in mails):  # one by one in one order, so that two messages never wait for each other
        Mail.objects.filter(key=key, state__in=unsent).update(state=Mail.State.WAITING, due_at=now)
    wake()


def mail_who_may_sign(sign_off):
    """Those who may sign it for an office that decides, but the one who proposed it."""
    terms = Term.objects.current().filter(seat__office__in=sign_off.deciders.all(), person__is_active=True)
    told = signing_terms(tuple(terms.select_related("seat__office")))
    people = {term.person_id for term, kinds in told if kinds is None or sign_off.subject_kind in kinds}
    people.discard(sign_off.proposed_by_id)
    Mail.objects.wait([Mail.asking(Mail.Kind.SIGNATURE, sign_off.pk, person) for person in people])
    wake()


def refuse_by_mail(mark, *, to, reason, answers):
    """Tell the address `to` why its answer was not posted; once for the mail that is known by `mark`."""
    detail = {"to": to, "reason": reason, "answers": answers}
    Mail.objects.wait([Mail(kind=Mail.Kind.REFUSAL, key=f"refusal {mark}", detail=detail)])
    wake()


def wake():
    transaction.on_commit(tasks.send_mails, robust=True)
