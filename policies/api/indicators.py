"""`indicators/` and their import: the same verbs and rules as the pages."""

import json

from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404
from django_filters import rest_framework as filters
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import exceptions, serializers, status
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.response import Response
from rest_framework.reverse import reverse

from cohorts.api.base import Creatable, Editable, Readable
from cohorts.api.throttling import CostlyThrottle
from workspaces.models import Standing

from ..actions.imports import import_figures
from ..actions.indicators import add_indicator, edit_indicator
from ..models import Indicator, Tracker
from ..sheets import MOST_BYTES, NotATable, TooLarge
from .numbers import Number


class IndicatorSerializer(serializers.ModelSerializer):
    url = serializers.SerializerMethodField()
    tracker = serializers.UUIDField(source="tracker_id")
    baseline_value = Number(required=False, allow_null=True)
    target_value = Number(required=False, allow_null=True)

    class Meta:
        model = Indicator
        fields = [
            *("id", "url", "tracker", "name", "unit", "direction", "baseline_value", "baseline_on", "target_value"),
            *("target_on", "frequency", "source", "is_context", "position", "version", "created_at", "updated_at"),
        ]
        read_only_fields = ["is_context", "version", "created_at", "updated_at"]

    @extend_schema_field(serializers.URLField())
    def get_url(self, indicator):
        return reverse("indicator-detail", args=[indicator.pk], request=self.context.get("request"))


class IndicatorFilter(filters.FilterSet):
    tracker = filters.UUIDFilter(field_name="tracker_id")
    workspace = filters.CharFilter(field_name="tracker__workspace__slug")
    is_context = filters.BooleanFilter()


class ImportGiven(serializers.Serializer):
    file = serializers.FileField()
    mapping = serializers.CharField(required=False, help_text="JSON: `filter`, `period`, `columns`.")


class ImportErrorTold(serializers.Serializer):
    row = serializers.IntegerField()
    column = serializers.CharField(allow_null=True)
    value = serializers.CharField()
    detail = serializers.CharField()
    code = serializers.CharField(default="invalid")
    attr = serializers.CharField(source="column", allow_null=True)


class GuessTold(serializers.Serializer):
    row = serializers.IntegerField()
    value = serializers.CharField()
    read_as = serializers.DateField()


class ImportTold(serializers.Serializer):
    created = serializers.IntegerField()
    updated = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    errors = ImportErrorTold(many=True)
    guessed = GuessTold(many=True)


class FileTooLarge(exceptions.APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_code = "too_large"
    default_detail = "The file has more than 25 MB."


class NotATableError(exceptions.APIException):
    status_code = status.HTTP_415_UNSUPPORTED_MEDIA_TYPE
    default_code = "unsupported_media_type"
    default_detail = "This file is neither CSV nor XLSX."


class IndicatorViewSet(Creatable, Editable, Readable):
    queryset = Indicator.objects.select_related("tracker__workspace__enrolment")
    serializer_class = IndicatorSerializer
    filterset_class = IndicatorFilter
    ordering = ("is_context", "position", "created_at", "pk")
    http_method_names = ["get", "post", "patch", "head", "options"]

    def perform_create(self, serializer):
        told = dict(serializer.validated_data)
        trackers = Tracker.objects.visible_to(self.request.user).select_related("workspace__enrolment")
        tracker = get_object_or_404(trackers, pk=told.pop("tracker_id"))
        return add_indicator(Standing.of(self.request.user, tracker.workspace), tracker, **told)

    def perform_update(self, indicator, changes, version):
        standing = Standing.of(self.request.user, indicator.tracker.workspace)
        return edit_indicator(indicator, standing, version=version, **changes)

    @extend_schema(
        request={"multipart/form-data": ImportGiven},
        responses={200: ImportTold, 400: ImportTold},
        parameters=[OpenApiParameter("dry_run", bool, description="1: say what would happen, and store nothing.")],
    )
    @action(
        detail=True,
        methods=["post"],
        url_path="import",
        url_name="import",
        parser_classes=[MultiPartParser],
        throttle_classes=[CostlyThrottle],
    )
    def import_(self, request, pk):
        """Figures from a CSV or XLSX file into this indicator, or by a mapping into those of its tracker that it names.

        All rows or none: with errors the answer is a 400 that lists them, after a dry run a 200."""
        indicator = self.get_object()
        standing = Standing.of(request.user, indicator.tracker.workspace)
        standing.require(Indicator.objects.editable_by(request.user).contains(indicator))
        given = ImportGiven(data=request.data)
        given.is_valid(raise_exception=True)
        file = given.validated_data["file"]
        if file.size > MOST_BYTES:
            raise FileTooLarge
        if not file.name.lower().endswith((".csv", ".xlsx")):
            raise NotATableError
        mapping = read_mapping(given.validated_data.get("mapping"))
        is_dry_run = request.query_params.get("dry_run", "").lower() in ("1", "true", "yes")
        try:
            report = import_figures(
                file, named_by(mapping, indicator), mapping=mapping, standing=standing, is_dry_run=is_dry_run
            )
        except TooLarge as error:
            raise FileTooLarge(str(error))
        except NotATable as error:
            raise NotATableError(str(error))
        if report.errors and not is_dry_run:
            return Response({"type": "validation_error"} | ImportTold(report).data, status=status.HTTP_400_BAD_REQUEST)
        return Response(ImportTold(report).data)


def read_mapping(text):
    if not text:
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise ValidationError({"mapping": "The mapping is not JSON."})


def named_by(mapping, indicator):
    """{name: Indicator}: this one, or the tracker's own ones that the mapping names."""
    names = mapping.get("columns") if isinstance(mapping, dict) else None
    if not isinstance(names, dict):
        return {indicator.name: indicator}
    own = indicator.tracker.indicators.filter(is_context=False)
    chosen = {each.name: each for each in own if each.name in names.values()}
    for each in chosen.values():
        each.tracker = indicator.tracker
    return chosen
