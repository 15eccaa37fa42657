"""`decisions/`: what both offices agreed. Waiting ones have no `decided_on` yet, or an office missing under `agreed_by`."""

from django.shortcuts import get_object_or_404
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response

from cohorts.api.base import Creatable, Readable
from cohorts.models import Office

from ..actions.decisions import confirm, enter_decision, mark_agreement, take_mark_back
from ..models import MESSAGE_LENGTH, Confirmation, Decision, Message, Standing, Topic


class ConfirmationSerializer(serializers.ModelSerializer):
    office = serializers.ChoiceField(Office.Kind.choices, source="office.kind")
    user = serializers.UUIDField(source="person_id")

    class Meta:
        model = Confirmation
        fields = ["office", "user", "at"]


class DecisionSerializer(serializers.ModelSerializer):
    """Either `message` is marked as a working agreement, or `text`, decided elsewhere on `decided_on`, goes into `topic`."""

    url = serializers.HyperlinkedIdentityField(view_name="decision-detail")
    workspace = serializers.SlugField(source="message.topic.workspace.slug", read_only=True)
    message = serializers.UUIDField(source="message_id", required=False)
    topic = serializers.UUIDField(write_only=True, required=False)
    text = serializers.CharField(max_length=MESSAGE_LENGTH, required=False)
    agreed_by = ConfirmationSerializer(source="confirmations", many=True, read_only=True)

    class Meta:
        model = Decision
        fields = [
            *("id", "url", "workspace", "message", "topic", "text", "agreed_by", "is_made_elsewhere", "decided_on"),
            *("decided_at", "created_at", "updated_at"),
        ]
        read_only_fields = ["is_made_elsewhere", "decided_at"]

    def validate(self, told):
        if "message_id" in told:
            return {"message_id": told["message_id"]}
        if missing := [name for name in ("topic", "text", "decided_on") if not told.get(name)]:
            raise ValidationError(dict.fromkeys(missing, serializers.ErrorDetail("This field is required.", "required")))
        return told


class DecisionFilter(filters.FilterSet):
    workspace = filters.CharFilter(field_name="message__topic__workspace__slug")
    is_made = filters.BooleanFilter(field_name="decided_at", lookup_expr="isnull", exclude=True)


class DecisionViewSet(Creatable, Readable):
    queryset = Decision.objects.select_related("message__topic__workspace__enrolment")
    serializer_class = DecisionSerializer
    filterset_class = DecisionFilter
    ordering = ("-created_at", "pk")
    http_method_names = ["get", "post", "delete", "head", "options"]

    def get_queryset(self):
        return super().get_queryset().with_confirmations()

    def perform_create(self, serializer):
        told = serializer.validated_data
        person = self.request.user
        if "message_id" in told:
            messages = Message.objects.visible_to(person).select_related("topic__workspace")
            message = get_object_or_404(messages, pk=told["message_id"])
            return mark_agreement(message, Standing.of(person, message.topic.workspace))
        topic = get_object_or_404(Topic.objects.visible_to(person).select_related("workspace"), pk=told["topic"])
        standing = Standing.of(person, topic.workspace)
        return enter_decision(topic, standing, text=told["text"], on=told["decided_on"])

    def destroy(self, request, *args, **kwargs):
        """Take the mark off again, while it is no decision yet."""
        decision = self.get_object()
        take_mark_back(decision, self.standing_at(decision))
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=None, responses=DecisionSerializer)
    @action(detail=True, methods=["post"])
    def confirm(self, request, pk):
        """Say yes for one's office."""
        decision = self.get_object()
        confirm(decision, self.standing_at(decision))
        return Response(self.get_serializer(self.get_queryset().get(pk=decision.pk)).data)

    def standing_at(self, decision):
        return Standing.of(self.request.user, decision.message.topic.workspace)
