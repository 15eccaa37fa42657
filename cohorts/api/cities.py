"""`cities/SLUG/`: what is public of a city, for those in a cohort with it."""

from rest_framework import mixins, serializers

from ..models import City, Office
from .base import Resource


class OfficeSerializer(serializers.ModelSerializer):
    class Meta:
        model = Office
        fields = ["id", "kind", "title", "next_election_on"]


class CitySerializer(serializers.ModelSerializer):
    url = serializers.HyperlinkedIdentityField(view_name="city-detail", lookup_field="slug")
    offices = OfficeSerializer(many=True)

    class Meta:
        model = City
        fields = ["id", "url", "slug", "name", "state", "geoid", "population", "latitude", "longitude", "offices"]
        extra_kwargs = {name: {"coerce_to_string": False} for name in ("latitude", "longitude")}


class CityViewSet(mixins.RetrieveModelMixin, Resource):
    queryset = City.objects.prefetch_related("offices")
    serializer_class = CitySerializer
    lookup_field = "slug"
    lookup_value_converter = "slug"
    http_method_names = ["get", "head", "options"]
