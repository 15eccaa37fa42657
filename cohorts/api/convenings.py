"""`convenings/`: the same verbs as the pages."""

from django.shortcuts import get_object_or_404
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response
from rest_framework.reverse import reverse

from ..actions.convenings import answer_invitation, call_convening, edit_convening
from ..models import Cohort, Convening, Rsvp, Session, Speaker
from .base import Creatable, Editable, Readable


class SpeakerSerializer(serializers.ModelSerializer):
    class Meta:
        model = Speaker
        fields = ["name", "label"]


class SessionSerializer(serializers.ModelSerializer):
    speakers = SpeakerSerializer(many=True, required=False)

    class Meta:
        model = Session
        fields = ["title", "description", "starts_at", "ends_at", "room", "speakers"]


class RsvpCounts(serializers.Serializer):
    going = serializers.IntegerField(source="going_count")
    not_going = serializers.IntegerField(source="not_going_count")


class ConveningSerializer(serializers.ModelSerializer):
    """`sessions`, when sent, replace the agenda."""

    url = serializers.SerializerMethodField()
    cohort = serializers.SlugField(source="cohort.slug")
    sessions = SessionSerializer(many=True, required=False)
    rsvp_counts = RsvpCounts(source="*", read_only=True)
    my_rsvp = serializers.ChoiceField(Rsvp.Status.choices, source="my_answer", read_only=True, allow_null=True)

    class Meta:
        model = Convening
        fields = [
            *("id", "url", "cohort", "slug", "title", "kind", "description", "starts_at", "ends_at", "timezone", "venue"),
            *("joining_url", "capacity", "sessions", "rsvp_counts", "my_rsvp", "version", "created_at", "updated_at"),
        ]
        read_only_fields = ["slug", "version", "created_at", "updated_at"]
        validators = []

    @extend_schema_field(serializers.URLField())
    def get_url(self, convening):
        return reverse("convening-detail", args=[convening.pk], request=self.context.get("request"))


class RsvpGiven(serializers.Serializer):
    status = serializers.ChoiceField(Rsvp.Status.choices)


class RsvpTold(serializers.ModelSerializer):
    class Meta:
        model = Rsvp
        fields = ["convening", "status", "answered_at"]


class ConveningFilter(filters.FilterSet):
    cohort = filters.CharFilter(field_name="cohort__slug")
    kind = filters.ChoiceFilter(choices=Convening.Kind.choices)


class ConveningViewSet(Creatable, Editable, Readable):
    queryset = Convening.objects.all()
    serializer_class = ConveningSerializer
    filterset_class = ConveningFilter
    ordering = ("starts_at", "pk")
    http_method_names = ["get", "post", "patch", "head", "options"]

    def get_queryset(self):
        rows = super().get_queryset()
        if getattr(self, "swagger_fake_view", False):
            return rows
        return rows.with_answers(self.request.user).select_related("cohort").prefetch_related("sessions__speakers")

    def get_serializer(self, *args, **kwargs):
        """What a verb gives back is read again, with its counts."""
        if args and isinstance(args[0], Convening) and not hasattr(args[0], "going_count"):
            args = (self.get_queryset().get(pk=args[0].pk), *args[1:])
        return super().get_serializer(*args, **kwargs)

    def perform_create(self, serializer):
        told = serializer.validated_data
        cohorts = Cohort.objects.visible_to(self.request.user)
        cohort = get_object_or_404(cohorts, slug=told.pop("cohort")["slug"])
        return call_convening(cohort, self.request.user, **told)

    def perform_update(self, convening, changes, version):
        changes.pop("cohort", None)
        edited = edit_convening(convening, self.request.user, version=version, **changes)
        return self.get_queryset().get(pk=edited.pk)

    @extend_schema(request=RsvpGiven, responses=RsvpTold)
    @action(detail=True, methods=["post"])
    def rsvp(self, request, pk):
        told = RsvpGiven(data=request.data)
        convening = self.get_object()
        told.is_valid(raise_exception=True)
        return Response(RsvpTold(answer_invitation(convening, request.user, told.validated_data["status"])).data)
