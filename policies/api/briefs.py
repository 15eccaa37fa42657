"""`briefs/`: the same verbs as the pages."""

from django.shortcuts import get_object_or_404
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.reverse import reverse

from cohorts.api.base import Creatable, Editable, Readable, visible_choice
from workspaces.models import Standing, Workspace

from ..actions.briefs import PARAGRAPHS, draft_brief, edit_brief
from ..models import Brief, Tracker

FIXED = ("workspace", "scope", "tracker", "period_start", "period_end")


class BriefSerializer(serializers.ModelSerializer):
    url = serializers.HyperlinkedIdentityField(view_name="brief-detail")
    workspace = serializers.SlugField(source="workspace.slug")
    scope = serializers.ChoiceField(Brief.Scope.choices, default=Brief.Scope.CITY)
    subject = visible_choice(Tracker, source="tracker", required=False, allow_null=True, pk_field=serializers.UUIDField())
    pdf_url = serializers.SerializerMethodField()

    class Meta:
        model = Brief
        fields = [
            *("id", "url", "workspace", "scope", "subject", "period_start", "period_end", "status", "problem"),
            *("narrative", "mayor_paragraph", "prosecutor_paragraph", "number", "sha256", "pages", "pdf_url"),
            *("version", "created_at", "updated_at"),
        ]
        read_only_fields = ["status", "problem", "number", "sha256", "pages"]
        validators = []  # the row's own constraints say it, in the verb

    @extend_schema_field(serializers.URLField(allow_null=True))
    def get_pdf_url(self, brief):
        if not brief.is_ready:
            return None
        return reverse("policies:brief-pdf", args=[brief.workspace.slug, brief.pk], request=self.context.get("request"))

    def validate(self, told):
        if self.instance and (fixed := told.keys() & set(FIXED)):
            names = {"tracker": "subject"}
            raise ValidationError({names.get(each, each): "This is said when a brief is drafted, and stays." for each in fixed})
        return told


class BriefFilter(filters.FilterSet):
    workspace = filters.CharFilter(field_name="workspace__slug")
    subject = filters.UUIDFilter(field_name="tracker")
    status = filters.ChoiceFilter(choices=Brief.Status.choices)


class BriefViewSet(Creatable, Editable, Readable):
    queryset = Brief.objects.all()
    serializer_class = BriefSerializer
    filterset_class = BriefFilter
    ordering = ("-created_at", "pk")
    http_method_names = ["get", "post", "patch", "head", "options"]

    def get_queryset(self):
        offices = ("workspace__enrolment__mayor_office", "workspace__enrolment__prosecutor_office")
        return super().get_queryset().select_related("workspace", "tracker", *offices).defer("content")

    def perform_create(self, serializer):
        told = dict(serializer.validated_data)
        workspaces = Workspace.objects.known_to(self.request.user).select_related("enrolment")
        workspace = get_object_or_404(workspaces, slug=told.pop("workspace")["slug"])
        own = {name: told.pop(name) for name in PARAGRAPHS[1:] if told.get(name)}
        if own:
            raise ValidationError(dict.fromkeys(own, "An office adds its own paragraph once the brief is drafted."))
        told = {name: value for name, value in told.items() if name not in PARAGRAPHS[1:]}
        return draft_brief(Standing.of(self.request.user, workspace), **told)

    def perform_update(self, brief, changes, version):
        return edit_brief(brief, Standing.of(self.request.user, brief.workspace), version=version, **changes)
