"""`cohorts/{slug}/cockpit/`: all cities of a cohort, for those who run it."""

from zoneinfo import ZoneInfo

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from cohorts.models import Cohort, Convening

from ..cockpit import read_cockpit
from ..models import Health, Stage


class TrackerAtAGlance(serializers.Serializer):
    id = serializers.UUIDField()
    stage = serializers.ChoiceField(Stage.choices)
    health = serializers.ChoiceField(Health.choices)


class LastActivity(serializers.Serializer):
    mayor = serializers.DateTimeField(allow_null=True)
    prosecutor = serializers.DateTimeField(allow_null=True)


class RowSerializer(serializers.Serializer):
    city = serializers.SlugField(source="city.slug")
    workspace = serializers.SlugField(source="workspace.slug")
    activated_at = serializers.DateTimeField(source="enrolment.activated_at", allow_null=True)
    trackers = TrackerAtAGlance(many=True)
    last_activity = LastActivity()
    late_actions = serializers.IntegerField()
    open_sign_offs = serializers.SerializerMethodField()
    next_date = serializers.DateField(source="next_on", allow_null=True)
    reasons = serializers.ListField(child=serializers.CharField())

    def get_open_sign_offs(self, row) -> int:
        return len(row.proposals)


class CockpitSerializer(serializers.Serializer):
    rows = RowSerializer(many=True)


class CockpitView(APIView):
    @extend_schema(responses=CockpitSerializer)
    def get(self, request, slug):
        taking_part = Cohort.objects.granting("discuss_cohort", request.user)  # to who only reads along it does not exist
        cohort = get_object_or_404(taking_part, slug=slug)
        if not Cohort.objects.facilitated_by(request.user).contains(cohort):
            raise PermissionDenied
        coming = Convening.objects.filter(cohort=cohort).upcoming().first()
        with timezone.override(ZoneInfo(request.user.timezone)):  # days late and quiet are the reader's, as on the page
            rows = read_cockpit(cohort, coming)
        return Response(CockpitSerializer({"rows": rows}).data)
