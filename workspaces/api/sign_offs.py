"""`sign-offs/`: proposed by anyone who edits the subject, signed in the browser's session alone."""

from allauth.account.decorators import reauthentication_required
from django.shortcuts import get_object_or_404
from django.utils.decorators import method_decorator
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from cohorts.api.authentication import BySessionOnly, SignedIn
from cohorts.api.base import Creatable, Readable
from cohorts.api.errors import Conflicting
from cohorts.models import Office

from ..actions.sign_offs import decline, propose, sign, withdraw
from ..models import AGREEMENT, Signature, SignOff, Standing
from ..subjects import subject_kinds, subject_of


class SignatureSerializer(serializers.ModelSerializer):
    office = serializers.ChoiceField(Office.Kind.choices, source="office.kind")
    user = serializers.UUIDField(source="person_id")

    class Meta:
        model = Signature
        fields = [
            *("office", "user", "name", "title", "on_behalf_of", "decision", "reservation", "reason", "signed_at"),
            "content_sha256",
        ]


class SignOffSubjectSerializer(serializers.Serializer):
    kind = serializers.ChoiceField([])
    id = serializers.UUIDField()

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = subject_kinds()


class SignOffSerializer(serializers.ModelSerializer):
    url = serializers.HyperlinkedIdentityField(view_name="signoff-detail")
    workspace = serializers.SlugField(source="workspace.slug", read_only=True)
    subject = SignOffSubjectSerializer(source="*", write_only=True)
    from_stage = serializers.SerializerMethodField()
    to_stage = serializers.CharField(max_length=16, required=False)
    deciders = serializers.SerializerMethodField()
    signatures = SignatureSerializer(many=True, read_only=True)
    proposed_by = serializers.UUIDField(source="proposed_by_id", read_only=True)

    class Meta:
        model = SignOff
        fields = [
            *("id", "url", "workspace", "subject", "from_stage", "to_stage", "rationale", "content", "content_sha256"),
            *("deciders", "status", "signatures", "proposed_by", "created_at", "updated_at"),
        ]
        read_only_fields = ["content", "content_sha256", "status"]
        validators = []  # the verb says that one proposal is open at a time

    def to_representation(self, sign_off):
        told = super().to_representation(sign_off)
        told["subject"] = {"kind": sign_off.subject_kind, "id": str(sign_off.subject_id)}
        told["to_stage"] = sign_off.proposal.get("to_stage")
        return told

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_from_stage(self, sign_off):
        return sign_off.content.get("from_stage")

    @extend_schema_field(serializers.ListField(child=serializers.ChoiceField(Office.Kind.choices)))
    def get_deciders(self, sign_off):
        return [office.kind for office in sign_off.deciders.all()]


class SeenContent(serializers.Serializer):
    content_sha256 = serializers.CharField(min_length=64, max_length=64)


class SignedContent(SeenContent):
    reservation = serializers.CharField(max_length=2000, required=False, allow_blank=True, default="")


class DeclinedContent(SeenContent):
    reason = serializers.CharField(max_length=2000)


class SignOffFilter(filters.FilterSet):
    workspace = filters.CharFilter(field_name="workspace__slug")
    subject = filters.UUIDFilter(field_name="subject_id")

    class Meta:
        model = SignOff
        fields = ["status"]


def standing_for(kind, person, workspace):
    """The agreement alone is proposed and signed before a workspace opens."""
    return (Standing.at_the_door if kind == AGREEMENT else Standing.of)(person, workspace)


class SignOffViewSet(Creatable, Readable):
    queryset = SignOff.objects.all()
    serializer_class = SignOffSerializer
    filterset_class = SignOffFilter
    http_method_names = ["get", "post", "head", "options"]

    def get_queryset(self):
        return super().get_queryset().select_related("workspace__enrolment").prefetch_related("deciders", "signatures__office")

    def perform_create(self, serializer):
        told = dict(serializer.validated_data)
        kind = told["kind"]
        subject = subject_of(kind)
        thing = get_object_or_404(subject.visible_to(self.request.user), pk=told["id"])
        standing = standing_for(kind, self.request.user, subject.workspace(thing))
        proposal = {"to_stage": told["to_stage"]} if "to_stage" in told else {}
        return propose(standing, kind, thing.pk, rationale=told["rationale"], **proposal)

    @extend_schema(request=SignedContent, responses=SignOffSerializer)
    @action(detail=True, methods=["post"], permission_classes=[SignedIn, BySessionOnly])
    @method_decorator(reauthentication_required)
    def sign(self, request, pk):
        sign_off, standing = self.asked()
        told = self.read(SignedContent)
        signed = sign(sign_off, standing, seen=told["content_sha256"], reservation=told["reservation"])
        if signed.status == SignOff.Status.STALE:
            raise Conflicting(self.shown(), "What is to be signed was changed since it was proposed.")
        return Response(self.shown())

    @extend_schema(request=DeclinedContent, responses=SignOffSerializer)
    @action(detail=True, methods=["post"], permission_classes=[SignedIn, BySessionOnly])
    @method_decorator(reauthentication_required)
    def decline(self, request, pk):
        sign_off, standing = self.asked()
        told = self.read(DeclinedContent)
        decline(sign_off, standing, seen=told["content_sha256"], reason=told["reason"])
        return Response(self.shown())

    @extend_schema(request=None, responses=SignOffSerializer)
    @action(detail=True, methods=["post"], permission_classes=[SignedIn, BySessionOnly])
    def withdraw(self, request, pk):
        sign_off, standing = self.asked()
        withdraw(sign_off, standing)
        return Response(self.shown())

    def asked(self):
        sign_off = self.get_object()
        return sign_off, standing_for(sign_off.subject_kind, self.request.user, sign_off.workspace)

    def read(self, serializer_class):
        told = serializer_class(data=self.request.data)
        told.is_valid(raise_exception=True)
        return told.validated_data

    def shown(self):
        return self.get_serializer(get_object_or_404(self.get_queryset(), pk=self.kwargs["pk"])).data
