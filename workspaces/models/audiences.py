"""Who an item is for. Readable things inherit `ForAudience`; what is inside them asks its parent."""

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

from cohorts.models import CohortGrant, ConveningGrant, Enrolment, EnrolmentGrant, Office, Term, holdings_of
from cohorts.permissions import OFFICE_RING_ROLES

from .rooms import keys_held
from .workspaces import VISIBLE, WRITABLE, Workspace


class Audience(models.TextChoices):
    WORKSPACE = "workspace", "Both offices, the cohort’s facilitators and the city’s researchers"
    OFFICES = "offices", "Both offices"
    OFFICE = "office", "My office"


def audience_in_words(audience, workspace, office=None):
    """Who can see it, as a sentence's subject, for the place where one writes and where one reads."""
    if workspace.kind == Workspace.Kind.COHORT:
        return "Everyone in the cohort"
    if workspace.kind == Workspace.Kind.CONVENING:
        return "Everyone at this convening (the whole cohort and its guests)"
    if audience == Audience.OFFICE and office:
        return f"Only the {office.name}"
    return {
        Audience.WORKSPACE: f"Both offices, the cohort’s facilitators and {workspace.name}’s researchers",
        Audience.OFFICES: "Only the two offices",
        Audience.OFFICE: "Only your own office",
    }[audience]


def rings_of(person, item=""):
    """The condition that `person` reads what is in the ring; of rows inside an item, `item` is the way to it: “topic__”."""

    def of_item(**told):
        return Q(**{f"{item}{field}": value for field, value in told.items()})

    ring = (
        of_item(audience=Audience.OFFICE, office__in=holdings_of(person).offices)
        | of_item(audience=Audience.OFFICES, workspace__in=Workspace.rooms_granting("read_offices", person))
        | of_item(audience=Audience.WORKSPACE)
    )
    return ring & of_item(workspace__in=Workspace.rooms(person))  # a city that left is closed, whatever the ring


class AudienceQuerySet(models.QuerySet):
    def visible_to(self, person):
        return self.filter(rings_of(person))

    def visible_in(self, workspace, person):
        """`visible_to(person)` in one workspace. What is known of it beforehand the database is not asked."""
        here = self.filter(workspace=workspace)
        rooms = keys_held(person, VISIBLE)
        if rooms is None:
            return here.visible_to(person)
        if workspace.pk not in rooms:
            return here.none()
        rings = Q(audience=Audience.WORKSPACE) | Q(audience=Audience.OFFICE, office__in=holdings_of(person).offices)
        if workspace.pk in keys_held(person, {Enrolment: "read_offices"}):
            rings |= Q(audience=Audience.OFFICES)
        return here.filter(rings)

    def writable_by(self, person):
        return self.visible_to(person).filter(workspace__in=Workspace.rooms(person, WRITABLE))


def terms_reading(item):
    """The current terms in which `item` is read: the rings of `visible_to`, asked from the item's side. One query when
    iterated, with person, seat and office at hand."""
    terms = Term.objects.current().filter(seat__group__in=groups_reading(item), person__is_active=True)
    if item.audience == Audience.OFFICE:
        terms = terms.filter(seat__office=item.office_id, seat__role__in=OFFICE_RING_ROLES)
    return terms.select_related("person", "seat__office").order_by("person__name", "begins_at")


def groups_reading(item):
    """The seats' groups that are let into the workspace, or in a city's to what the two offices keep between them."""
    workspace = item.workspace
    if workspace.enrolment_id:
        codename = "read_offices" if item.audience == Audience.OFFICES else "view_city_work"
        let_in = EnrolmentGrant.objects.filter(content_object=workspace.enrolment_id, content_object__ended_at=None)
        return let_in.filter(permission__codename=codename).values("group")
    of_cohort = CohortGrant.objects.filter(content_object=workspace.home_cohort, permission__codename="view_cohort")
    if workspace.cohort_id:
        return of_cohort.values("group")
    guests = ConveningGrant.objects.filter(content_object=workspace.convening_id, permission__codename="view_convening")
    return of_cohort.values("group").union(guests.values("group"))


class ForAudience(models.Model):
    workspace = models.ForeignKey(Workspace, models.PROTECT, related_name="%(class)ss")
    audience = models.CharField(max_length=10, choices=Audience, default=Audience.WORKSPACE)
    office = models.ForeignKey(Office, models.PROTECT, null=True, blank=True, related_name="+")

    objects = AudienceQuerySet.as_manager()

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=Q(audience="office", office__isnull=False) | (~Q(audience="office") & Q(office__isnull=True)),
                name="%(class)s_office_ring_has_an_office",
                violation_error_message="Say which office this is for, and only then.",
            )
        ]

    def clean(self):
        super().clean()
        if self.office_id and self.office not in self.workspace.offices:
            raise ValidationError({"office": "This office is not part of the workspace."})
        if not self.workspace.offices and self.audience != Audience.WORKSPACE:
            raise ValidationError({"audience": "This workspace has one audience: everyone in it."})

    @property
    def audience_words(self):
        return audience_in_words(self.audience, self.workspace, self.office if self.office_id else None)
