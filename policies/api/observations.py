"""`observations/`: an office's figures. Until they are released the other office finds no trace of them."""

from django.shortcuts import get_object_or_404
from django_filters import rest_framework as filters
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import mixins, serializers
from rest_framework.reverse import reverse

from cohorts.api.base import Creatable, Editable, Readable, VersionSeen
from cohorts.models import Office
from workspaces.models import Standing

from ..actions.indicators import edit_observation, enter_observation, remove_observation
from ..models import Indicator, Observation
from .numbers import Number


class RevisionTold(serializers.Serializer):
    value = Number(allow_null=True)
    source_version = serializers.CharField()
    published_on = serializers.DateField()


class ObservationSerializer(serializers.ModelSerializer):
    url = serializers.SerializerMethodField()
    indicator = serializers.UUIDField(source="indicator_id")
    office = serializers.ChoiceField(Office.Kind.choices, source="office.kind", default=None, read_only=True)
    period_end = serializers.DateField(required=False, help_text="Left out: worked out from the indicator’s frequency.")
    value = Number(required=False, allow_null=True)
    numerator = Number(required=False, allow_null=True)
    denominator = Number(required=False, allow_null=True)
    revisions = RevisionTold(source="earlier", many=True, read_only=True)

    class Meta:
        model = Observation
        fields = [
            *("id", "url", "indicator", "office", "period_start", "period_end", "value", "missing_reason", "numerator"),
            *("denominator", "is_provisional", "is_released", "note", "source", "source_version", "retrieved_on"),
            *("revisions", "version", "created_at", "updated_at"),
        ]
        read_only_fields = ["version", "created_at", "updated_at"]
        validators = []  # the verb says “once a period”, for the office that asks

    @extend_schema_field(serializers.URLField())
    def get_url(self, observation):
        return reverse("observation-detail", args=[observation.pk], request=self.context.get("request"))


class ObservationFilter(filters.FilterSet):
    indicator = filters.UUIDFilter(field_name="indicator_id")
    tracker = filters.UUIDFilter(field_name="indicator__tracker_id")
    period_start_after = filters.DateFilter(field_name="period_start", lookup_expr="gte")
    period_start_before = filters.DateFilter(field_name="period_start", lookup_expr="lte")
    is_released = filters.BooleanFilter()


class ObservationViewSet(Creatable, Editable, mixins.DestroyModelMixin, Readable):
    queryset = Observation.objects.all()
    serializer_class = ObservationSerializer
    filterset_class = ObservationFilter
    ordering = ("period_start", "pk")

    def get_queryset(self):
        return super().get_queryset().charted().select_related("office", "indicator__tracker__workspace__enrolment")

    def get_serializer(self, *args, **kwargs):
        """What a verb gives back is read again with its revisions."""
        if args and isinstance(args[0], Observation) and "earlier" not in args[0].__dict__:
            args = (self.get_queryset().get(pk=args[0].pk), *args[1:])
        return super().get_serializer(*args, **kwargs)

    def perform_create(self, serializer):
        told = dict(serializer.validated_data)
        indicators = Indicator.objects.visible_to(self.request.user).select_related("tracker__workspace__enrolment")
        indicator = get_object_or_404(indicators, pk=told.pop("indicator_id"))
        made = enter_observation(indicator, Standing.of(self.request.user, indicator.tracker.workspace), **told)
        return self.get_queryset().get(pk=made.pk)

    def perform_update(self, observation, changes, version):
        standing = Standing.of(self.request.user, observation.indicator.tracker.workspace)
        saved = edit_observation(observation, standing, version=version, **changes)
        return self.get_queryset().get(pk=saved.pk)

    @extend_schema(parameters=[OpenApiParameter("version", int, description="The version that was read.")])
    def destroy(self, request, *args, **kwargs):
        return super().destroy(request, *args, **kwargs)

    def perform_destroy(self, observation):
        seen = None
        if "version" in self.request.query_params:
            told = VersionSeen(data=self.request.query_params)
            told.is_valid(raise_exception=True)
            seen = told.validated_data["version"]
        standing = Standing.of(self.request.user, observation.indicator.tracker.workspace)
        remove_observation(observation, standing, version=seen)
