"""`me/`: who the caller is, and what they hold now."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from ..models import Cohort, Convening, Enrolment, Person, Term
from ..permissions import Role


class SeatSerializer(serializers.Serializer):
    """A seat held now. `office`, `city` and `kind` (mayor, prosecutor) are null for a seat of a cohort or a convening."""

    office = serializers.UUIDField(source="seat.office_id", allow_null=True)
    city = serializers.SerializerMethodField()
    kind = serializers.CharField(source="seat.office.kind", default=None, allow_null=True)
    role = serializers.ChoiceField(Role.choices, source="seat.role")
    title = serializers.CharField()
    starts_on = serializers.DateField()
    ends_on = serializers.DateField(allow_null=True)

    def get_city(self, term) -> str | None:
        cities = term.seat.office.cities.all() if term.seat.office_id else []
        return next((city.slug for city in cities), None)


class MeSerializer(serializers.ModelSerializer):
    title = serializers.SerializerMethodField()
    seats = SeatSerializer(many=True, source="held")
    roles = serializers.SerializerMethodField()
    workspaces = serializers.SerializerMethodField()

    class Meta:
        model = Person
        fields = ["id", "email", "name", "title", "timezone", "seats", "roles", "workspaces", "created_at"]

    def get_title(self, person) -> str:
        return person.held[0].title if person.held else ""

    def get_roles(self, person) -> list[str]:
        roles = {term.seat.role for term in person.held}
        return sorted(roles | ({"administrator"} if hasattr(person, "administrator") else set()))

    def get_workspaces(self, person) -> list[str]:
        cities = Enrolment.objects.known_to(person).values_list("slug", flat=True)
        cohorts = Cohort.objects.visible_to(person).values_list("slug", flat=True)
        convenings = Convening.objects.visible_to(person).select_related("cohort")
        return sorted([*cities, *cohorts, *(convening.address for convening in convenings)])


class MeView(APIView):
    @extend_schema(responses=MeSerializer)
    def get(self, request):
        person = request.user
        terms = Term.objects.current().filter(person=person).select_related("seat__office")
        order = list(Role)
        person.held = sorted(terms.prefetch_related("seat__office__cities"), key=lambda term: order.index(term.seat.role))
        return Response(MeSerializer(person).data)
