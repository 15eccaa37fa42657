"""`agreements/`: the editions of a cohort's participation agreement. `edition` is the number that a new one gets: the one after
the newest that its writer has read."""

from django.shortcuts import get_object_or_404
from django_filters import rest_framework as filters
from rest_framework import serializers

from ..actions.agreements import write_agreement
from ..models import Agreement, Cohort
from .base import Creatable, Readable


class AgreementSerializer(serializers.ModelSerializer):
    url = serializers.HyperlinkedIdentityField(view_name="agreement-detail")
    cohort = serializers.SlugField(source="cohort.slug")
    written_by = serializers.UUIDField(source="written_by_id", read_only=True)
    created_at = serializers.DateTimeField(source="at", read_only=True)
    updated_at = serializers.DateTimeField(source="at", read_only=True)

    class Meta:
        model = Agreement
        fields = ["id", "url", "cohort", "edition", "text", "written_by", "created_at", "updated_at"]
        validators = []  # the verb says which edition comes next


class AgreementFilter(filters.FilterSet):
    cohort = filters.CharFilter(field_name="cohort__slug")


class AgreementViewSet(Creatable, Readable):
    queryset = Agreement.objects.select_related("cohort")
    serializer_class = AgreementSerializer
    filterset_class = AgreementFilter
    ordering = ("-at", "pk")
    http_method_names = ["get", "post", "head", "options"]

    def perform_create(self, serializer):
        told, person = serializer.validated_data, self.request.user
        cohort = get_object_or_404(Cohort.objects.visible_to(person), slug=told["cohort"]["slug"])
        return write_agreement(cohort, person, text=told["text"], edition=told["edition"])
