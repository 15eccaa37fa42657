"""`commitments/`: what cities commit to, and the action that a commitment becomes."""

from django.shortcuts import get_object_or_404
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response
from rest_framework.reverse import reverse

from cohorts.actions.commitments import accept_commitment, reword_commitment, write_commitment
from cohorts.api.base import Creatable, Editable, Readable, visible_choice
from cohorts.models import Commitment, Convening, Office
from workspaces.models import Standing, Workspace
from workspaces.realtime.payloads import acting

from ..actions.commitments import make_action
from ..models import Tracker


class AcceptanceTold(serializers.Serializer):
    office = serializers.ChoiceField(Office.Kind.choices, source="office.kind")
    by = serializers.SerializerMethodField()
    at = serializers.DateTimeField(source="accepted_at")

    @extend_schema_field(serializers.DictField())
    def get_by(self, acceptance):
        return acting(acceptance.person, acceptance.term)


class CommitmentSerializer(serializers.ModelSerializer):
    """`convening` and `workspace` are said once; afterwards only the words change, until both offices have accepted them."""

    url = serializers.SerializerMethodField()
    convening = serializers.UUIDField(source="convening_id")
    workspace = serializers.SlugField(source="enrolment.slug")
    action = serializers.SerializerMethodField()
    acceptances = AcceptanceTold(many=True, read_only=True)

    class Meta:
        model = Commitment
        fields = [
            *("id", "url", "convening", "workspace", "text", "status", "action", "acceptances"),
            *("version", "created_at", "updated_at"),
        ]
        read_only_fields = ["status", "version", "created_at", "updated_at"]

    @extend_schema_field(serializers.URLField())
    def get_url(self, commitment):
        return reverse("commitment-detail", args=[commitment.pk], request=self.context.get("request"))

    @extend_schema_field(serializers.UUIDField(allow_null=True))
    def get_action(self, commitment):
        made = getattr(commitment, "action", None)
        return made.pk if made else None


class AcceptanceGiven(serializers.Serializer):
    """`version`, when sent, is that of the words that are accepted; other words by now are a 409."""

    version = serializers.IntegerField(min_value=1, required=False)


class ActionAsked(serializers.Serializer):
    tracker = visible_choice(Tracker)


class CommitmentFilter(filters.FilterSet):
    convening = filters.UUIDFilter(field_name="convening")
    workspace = filters.CharFilter(field_name="enrolment__slug")
    status = filters.ChoiceFilter(choices=Commitment.Status.choices)


class CommitmentViewSet(Creatable, Editable, Readable):
    queryset = Commitment.objects.all()
    serializer_class = CommitmentSerializer
    filterset_class = CommitmentFilter
    ordering = ("created_at", "pk")
    http_method_names = ["get", "post", "patch", "head", "options"]

    def get_queryset(self):
        return super().get_queryset().for_reading().select_related("action", "enrolment__workspace")

    def get_serializer(self, *args, **kwargs):
        """What a verb gives back is read again, with who has accepted by now."""
        if args and isinstance(args[0], Commitment) and "acceptances" not in getattr(args[0], "_prefetched_objects_cache", {}):
            args = (self.get_queryset().get(pk=args[0].pk), *args[1:])
        return super().get_serializer(*args, **kwargs)

    def perform_create(self, serializer):
        told, person = serializer.validated_data, self.request.user
        workspaces = Workspace.objects.known_to(person).exclude(enrolment=None).select_related("enrolment")
        workspace = get_object_or_404(workspaces, slug=told["enrolment"]["slug"])
        convening = get_object_or_404(Convening.objects.visible_to(person), pk=told["convening_id"])
        return write_commitment(Standing.of(person, workspace), convening, workspace.enrolment, text=told["text"])

    def perform_update(self, commitment, changes, version):
        text = changes.get("text", commitment.text)
        reworded = reword_commitment(commitment, self.standing_in(commitment), version=version, text=text)
        return self.get_queryset().get(pk=reworded.pk)

    def standing_in(self, commitment):
        return Standing.of(self.request.user, commitment.enrolment.workspace)

    @extend_schema(request=AcceptanceGiven, responses=CommitmentSerializer)
    @action(detail=True, methods=["post"])
    def accept(self, request, pk):
        commitment = self.get_object()
        told = AcceptanceGiven(data=request.data)
        told.is_valid(raise_exception=True)
        accept_commitment(commitment, self.standing_in(commitment), **told.validated_data)
        return Response(self.get_serializer(self.get_queryset().get(pk=commitment.pk)).data)

    @extend_schema(request=ActionAsked, responses=CommitmentSerializer)
    @action(detail=True, methods=["post"], url_path="action", url_name="action")
    def make_action(self, request, pk):
        """Make it an action on a tracker of the city; asked again, the same action is the answer."""
        commitment = self.get_object()
        standing = self.standing_in(commitment)
        standing.require(standing.may_edit)
        told = ActionAsked(data=request.data, context=self.get_serializer_context())
        told.is_valid(raise_exception=True)
        make_action(commitment, standing, told.validated_data["tracker"])
        return Response(self.get_serializer(self.get_queryset().get(pk=commitment.pk)).data)
