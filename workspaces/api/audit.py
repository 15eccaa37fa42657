"""`audit/`: what the caller may read of the audit trail. Nothing adds to it here but what is done elsewhere."""

from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from cohorts.acts import sentence
from cohorts.api.base import Readable
from cohorts.models import AuditEntry

from ..models import Standing, Workspace
from ..realtime.payloads import acting
from .workspaces import ActorSerializer


class AuditSubjectSerializer(serializers.Serializer):
    kind = serializers.CharField(source="subject_kind")
    id = serializers.UUIDField(source="subject_id", allow_null=True)
    words = serializers.CharField(source="subject_words")


class AuditPersonSerializer(serializers.Serializer):
    id = serializers.UUIDField()
    name = serializers.CharField()


class AuditEntrySerializer(serializers.ModelSerializer):
    """`ip` is null where the act was not done over the network, or where the address is another office's to know."""

    url = serializers.HyperlinkedIdentityField(view_name="auditentry-detail")
    actor = serializers.SerializerMethodField()
    for_whom = AuditPersonSerializer(allow_null=True)
    subject = AuditSubjectSerializer(source="*")
    sentence = serializers.SerializerMethodField()
    detail = serializers.DictField()
    ip = serializers.IPAddressField(source="seen_address", allow_null=True)
    created_at = serializers.DateTimeField(source="at")
    updated_at = serializers.DateTimeField(source="at")

    class Meta:
        model = AuditEntry
        fields = [
            *("id", "url", "at", "actor", "for_whom", "action", "subject", "sentence", "detail", "ip"),
            *("created_at", "updated_at"),
        ]

    @extend_schema_field(ActorSerializer(allow_null=True))
    def get_actor(self, entry):
        return acting(entry.actor, entry.term)

    def get_sentence(self, entry) -> str:
        return sentence(entry)


class AuditFilter(filters.FilterSet):
    workspace = filters.CharFilter(method="of_workspace")
    action = filters.CharFilter()
    person = filters.UUIDFilter(method="of_person")
    since = filters.IsoDateTimeFilter(field_name="at", lookup_expr="gte")
    until = filters.IsoDateTimeFilter(field_name="at", lookup_expr="lt")

    def of_workspace(self, entries, name, slug):
        """Whoever sees the workspace but may not read its trail is told so."""
        workspace = Workspace.objects.visible_to(self.request.user).select_related("enrolment").filter(slug=slug).first()
        if workspace is None:
            return entries.none()
        standing = Standing.of(self.request.user, workspace)
        standing.require(standing.may_read_audit)
        return entries.of_pair(workspace.enrolment)

    def of_person(self, entries, name, pk):
        return entries.filter(actor=pk) | entries.filter(for_whom=pk)


class AuditViewSet(Readable):
    queryset = AuditEntry.objects.all()
    serializer_class = AuditEntrySerializer
    filterset_class = AuditFilter
    ordering = ("-at", "-number", "pk")
    http_method_names = ["get", "head", "options"]

    def get_queryset(self):
        if getattr(self, "swagger_fake_view", False):
            return self.queryset.none()
        return AuditEntry.objects.acts(self.request.user)
