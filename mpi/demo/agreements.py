"""The demonstration's participation agreement: an invented sample, signed by both offices of every city."""

from pathlib import Path

from cohorts.models import Office, Term
from cohorts.permissions import Role
from workspaces.actions.sign_offs import sign
from workspaces.models import AGREEMENT, SignOff, Standing

from .clock import days_ago

TEXT = (Path(__file__).resolve().parent / "agreement.md").read_text(encoding="utf-8")


def build_signatures():
    """The mayors sign first, the prosecutors some days later, each for their own office."""
    for days, kind in ((176, Office.Kind.MAYOR), (172, Office.Kind.PROSECUTOR)):
        with days_ago(days):
            for sign_off in SignOff.objects.filter(subject_kind=AGREEMENT).select_related("workspace__enrolment"):
                office = sign_off.workspace.enrolment.office_of(kind)
                leader = Term.objects.current().get(seat__office=office, seat__role=Role.PRINCIPAL).person
                sign(sign_off, Standing.at_the_door(leader, sign_off.workspace), seen=sign_off.content_sha256)
