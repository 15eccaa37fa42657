"""Which workspaces belong to what a person holds, by key: what asks for rows of a workspace names keys, and no query of
queries. Kept as long as what they hold stays the same."""

import json
from collections import defaultdict

from django.apps import apps
from django.db import connection
from django.db.models import Q
from django.db.models.expressions import RawSQL

from cohorts.models import Cohort, Convening, Enrolment
from cohorts.models.holdings import MANY, derived

TABLES = {"workspaces_workspace": None}  # read besides the tables that holdings are read from


def keys_held(person, codenames):
    """Keys of the workspaces where a seat of `person` holds what `codenames` says on the enrolment, the cohort or the
    convening, for an `in` of Python or of a query; many of them as one value. None outside of `remembering()`."""

    def derive(holdings):
        rooms = derived(person, "rooms", rooms_of)
        keys = {
            room
            for container, codename in codenames.items()
            for key in holdings.granted[container].get(codename, ())
            for room in rooms[container].get(key, ())
        }
        return keys if len(keys) <= MANY else Many(keys)

    return derived(person, f"rooms {sorted(codenames.values())}", derive)


def rooms_of(holdings):
    """`{container: {its key: {keys of its workspaces}}}` for Enrolment, Cohort (with its convenings') and Convening."""
    held = {container: list(keys) for container, keys in holdings.grants.items()}
    workspaces = apps.get_model("workspaces", "Workspace")._base_manager.filter(  # its queryset asks here
        Q(enrolment__in=held[Enrolment])
        | Q(cohort__in=held[Cohort])
        | Q(convening__cohort__in=held[Cohort])
        | Q(convening__in=held[Convening])
    )
    rooms = {Enrolment: defaultdict(set), Cohort: defaultdict(set), Convening: defaultdict(set)}
    places = workspaces.values_list("pk", "enrolment", "cohort", "convening", "convening__cohort")
    for key, enrolment, cohort, convening, of in places:
        rooms[Enrolment][enrolment].add(key)
        rooms[Cohort][cohort or of].add(key)
        rooms[Convening][convening].add(key)
    return rooms


class Many(RawSQL):
    """Keys as one value: a thousand of them cost a query more to carry than to find."""

    def __init__(self, keys):
        self.keys = frozenset(keys)
        if connection.vendor == "postgresql":
            super().__init__("SELECT unnest(%s::uuid[])", [f"{{{','.join(map(str, keys))}}}"])
        else:
            super().__init__("SELECT value FROM json_each(%s)", [json.dumps([key.hex for key in keys])])

    def __contains__(self, key):
        return key in self.keys
