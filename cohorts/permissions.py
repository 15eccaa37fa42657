"""Roles, and the one hand that gives and takes: permissions go to a seat's group, never to a person.

Each container (cohort, enrolment, convening) says in `permissions_by_role` what a role may do in it."""

from django.db import models
from guardian.shortcuts import assign_perm, get_group_perms, remove_perm


class Role(models.TextChoices):
    PRINCIPAL = "principal", "Principal"
    DELEGATE = "delegate", "Delegate"
    STAFF = "staff", "Staff"
    ASSISTANT = "assistant", "Assistant"
    COUNSEL = "counsel", "Counsel"
    IT_CONTACT = "it_contact", "IT contact"
    RECORDS_OFFICER = "records", "Records officer"
    FACILITATOR = "facilitator", "Facilitator"
    RESEARCHER = "researcher", "Researcher"
    GUEST = "guest", "Guest"


OFFICE_ROLES = (
    Role.PRINCIPAL,
    Role.DELEGATE,
    Role.STAFF,
    Role.ASSISTANT,
    Role.COUNSEL,
    Role.IT_CONTACT,
    Role.RECORDS_OFFICER,
)
OFFICE_RING_ROLES = (
    Role.PRINCIPAL,
    Role.DELEGATE,
    Role.STAFF,
    Role.ASSISTANT,
    Role.COUNSEL,
    Role.RECORDS_OFFICER,
)
SIGNING_ROLES = (Role.PRINCIPAL, Role.DELEGATE)
AUDIT_ROLES = (Role.PRINCIPAL, Role.DELEGATE, Role.RECORDS_OFFICER)
INVITED_BY_OFFICE = tuple(role for role in OFFICE_ROLES if role != Role.PRINCIPAL)
INVITED_BY_COHORT = (Role.FACILITATOR, Role.RESEARCHER)


def grant(seat, container):
    for codename in container.permissions_by_role.get(seat.role, ()):
        assign_perm(codename, seat.group, container)


def revoke(seat, container):
    for codename in get_group_perms(seat.group, container):
        remove_perm(codename, seat.group, container)
