"""`check-ins/`: the same verbs and the same sheets as the pages."""

from django.shortcuts import get_object_or_404
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response
from rest_framework.reverse import reverse

from cohorts.api.base import Creatable, Editable, Readable, VersionSeen, visible_choice
from cohorts.api.errors import Conflicting
from cohorts.models import Conflict, Office
from workspaces.models import Standing, Workspace
from workspaces.realtime.payloads import acting

from ..actions.check_ins import (
    FOLLOW_UP_LENGTH,
    FOLLOW_UPS,
    complete_check_in,
    edit_check_in,
    open_check_in,
    save_draft,
    submit_answer,
)
from ..models import CheckIn, CheckInAnswer, CheckInTemplate, Tracker


class AnswerTold(serializers.Serializer):
    """One office's answer, as the caller may know it: null where it is not theirs to read."""

    office = serializers.ChoiceField(Office.Kind.choices, source="office.kind")
    by = serializers.SerializerMethodField()
    submitted_at = serializers.SerializerMethodField()
    values = serializers.DictField(child=serializers.CharField(), source="readable.values", default=None, allow_null=True)
    audience = serializers.CharField(source="readable.audience", default=None, allow_null=True)
    version = serializers.IntegerField(source="readable.version", default=None, allow_null=True)

    @extend_schema_field(serializers.DictField(allow_null=True))
    def get_by(self, side):
        return acting(side.told.answered_by, side.told.term) if side.is_in else None

    @extend_schema_field(serializers.DateTimeField(allow_null=True))
    def get_submitted_at(self, side):
        return serializers.DateTimeField().to_representation(side.told.submitted_at) if side.is_in else None


class FollowUp(serializers.Serializer):
    text = serializers.CharField()
    action = serializers.UUIDField(allow_null=True)


class CheckInSerializer(serializers.ModelSerializer):
    url = serializers.SerializerMethodField()
    workspace = serializers.SlugField(source="workspace.slug")
    trackers = visible_choice(Tracker, many=True, required=False)
    template = serializers.PrimaryKeyRelatedField(queryset=CheckInTemplate.objects.all(), required=False)
    questions = serializers.ListField(child=serializers.DictField(), source="template.questions", read_only=True)
    answers = AnswerTold(source="sheet", many=True, read_only=True)
    follow_ups = FollowUp(many=True, read_only=True)

    class Meta:
        model = CheckIn
        fields = [
            *("id", "url", "workspace", "trackers", "template", "questions", "scheduled_for", "status", "answers"),
            *("summary", "fidelity", "confidence", "follow_ups", "version", "created_at", "updated_at"),
        ]
        read_only_fields = ["status", "summary", "fidelity", "confidence"]
        validators = []  # the verb says “once a day”, under its lock

    @extend_schema_field(serializers.URLField())
    def get_url(self, check_in):
        return reverse("checkin-detail", args=[check_in.pk], request=self.context.get("request"))


class AnswerGiven(serializers.Serializer):
    """The caller's office's answer. `version` is that of the draft it was written over, 0 or left out where there was none."""

    office = serializers.ChoiceField(Office.Kind.choices, required=False, help_text="Only ever one’s own.")
    values = serializers.DictField(child=serializers.CharField(allow_blank=True, trim_whitespace=False))
    audience = serializers.ChoiceField(CheckInAnswer.Audience.choices, default=CheckInAnswer.Audience.OFFICES)
    is_draft = serializers.BooleanField(default=False)
    version = serializers.IntegerField(min_value=0, default=0)
    anyway = serializers.BooleanField(default=False, help_text="After a refusal with `case_information`; of no use in a draft.")


class SummaryGiven(VersionSeen):
    summary = serializers.CharField(max_length=6000)
    fidelity = serializers.ChoiceField(CheckIn.Rating.choices)
    confidence = serializers.ChoiceField(CheckIn.Rating.choices)
    follow_ups = serializers.ListField(
        child=serializers.CharField(max_length=FOLLOW_UP_LENGTH), max_length=FOLLOW_UPS, default=list
    )


class CheckInFilter(filters.FilterSet):
    workspace = filters.CharFilter(field_name="workspace__slug")
    tracker = filters.UUIDFilter(field_name="trackers")
    status = filters.ChoiceFilter(choices=CheckIn.Status.choices)


class CheckInViewSet(Creatable, Editable, Readable):
    queryset = CheckIn.objects.all()
    serializer_class = CheckInSerializer
    filterset_class = CheckInFilter
    ordering = ("-scheduled_for", "pk")
    http_method_names = ["get", "post", "patch", "head", "options"]

    def get_queryset(self):
        rows = super().get_queryset()
        return rows.with_sheets(self.request.user).prefetch_related("trackers") if self.request else rows

    def read_anew(self, pk):
        return self.get_queryset().get(pk=pk)

    def get_serializer(self, *args, **kwargs):
        """What a verb gives back is read again as the caller may see it."""
        if args and isinstance(args[0], CheckIn) and not hasattr(args[0], "answers_in"):
            args = (self.read_anew(args[0].pk), *args[1:])
        return super().get_serializer(*args, **kwargs)

    def perform_create(self, serializer):
        told = serializer.validated_data
        workspaces = Workspace.objects.known_to(self.request.user)
        workspace = get_object_or_404(workspaces, slug=told.pop("workspace")["slug"])
        return open_check_in(Standing.of(self.request.user, workspace), **told)

    def perform_update(self, check_in, changes, version):
        changes = {key: changes[key] for key in ("scheduled_for", "trackers") if key in changes}
        return edit_check_in(check_in, Standing.of(self.request.user, check_in.workspace), version=version, **changes)

    @extend_schema(request=AnswerGiven, responses=CheckInSerializer)
    @action(detail=True, methods=["post"])
    def answer(self, request, pk):
        check_in = self.get_object()
        standing = Standing.of(request.user, check_in.workspace)
        standing.require(standing.may_edit and standing.office is not None)
        told = AnswerGiven(data=request.data)
        told.is_valid(raise_exception=True)
        given = dict(told.validated_data)
        standing.require(given.pop("office", standing.office.kind) == standing.office.kind)
        verb = submit_answer
        if given.pop("is_draft"):
            verb = save_draft
            given.pop("anyway")
        try:
            verb(check_in, standing, seen=given.pop("version"), **given)
        except Conflict:
            raise Conflicting(self.get_serializer(self.read_anew(check_in.pk)).data)
        return Response(self.get_serializer(self.read_anew(check_in.pk)).data)

    @extend_schema(request=SummaryGiven, responses=CheckInSerializer)
    @action(detail=True, methods=["post"])
    def complete(self, request, pk):
        check_in = self.get_object()
        standing = Standing.of(request.user, check_in.workspace)
        standing.require(standing.may_research)
        told = SummaryGiven(data=request.data)
        told.is_valid(raise_exception=True)
        complete_check_in(check_in, standing, **told.validated_data)
        return Response(self.get_serializer(self.read_anew(check_in.pk)).data)
