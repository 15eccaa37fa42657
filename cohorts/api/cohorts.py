"""`cohorts/SLUG/`."""

from rest_framework import mixins, serializers

from ..models import City, Cohort
from .base import Resource


class CohortSerializer(serializers.ModelSerializer):
    url = serializers.HyperlinkedIdentityField(view_name="cohort-detail", lookup_field="slug")
    cities = serializers.SerializerMethodField()
    updated_at = serializers.DateTimeField(source="created_at")

    class Meta:
        model = Cohort
        fields = ["id", "url", "slug", "name", "programme", "starts_on", "ends_on", "cities", "created_at", "updated_at"]

    def get_cities(self, cohort) -> list[str]:
        current = City.objects.filter(enrolments__cohort=cohort, enrolments__ended_at=None)
        return sorted(set(current.values_list("slug", flat=True)))


class CohortViewSet(mixins.RetrieveModelMixin, Resource):
    queryset = Cohort.objects.all()
    serializer_class = CohortSerializer
    lookup_field = "slug"
    lookup_value_converter = "slug"
    http_method_names = ["get", "head", "options"]
