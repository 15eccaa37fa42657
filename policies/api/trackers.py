"""`trackers/`, and the reduced tracker that a city shares with its cohort."""

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.shortcuts import get_object_or_404
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema_field
from rest_framework import generics, serializers

from cohorts.api.base import Creatable, Editable, Readable
from cohorts.models import Cohort, Enrolment, Seat
from workspaces.models import Standing, Workspace

from ..actions.trackers import edit_tracker, open_tracker, share_tracker, stop_sharing_tracker
from ..models import Intervention, StageMove, Tracker, TrackerShare

FIXED = ("workspace", "intervention")


class OwnerField(serializers.PrimaryKeyRelatedField):
    """A seat of an office whose city's work the caller sees; any other does not exist."""

    def __init__(self, **kwargs):
        kwargs = {"allow_null": True, "required": False} | kwargs
        super().__init__(queryset=Seat.objects.none(), pk_field=serializers.UUIDField(), **kwargs)

    def get_queryset(self):
        pairs = Enrolment.objects.visible_to(self.context["request"].user)
        return Seat.objects.filter(Q(office__in=pairs.values("mayor_office")) | Q(office__in=pairs.values("prosecutor_office")))


class InterventionField(serializers.SlugRelatedField):
    def __init__(self, **kwargs):
        super().__init__(slug_field="slug", queryset=Intervention.objects.none(), **kwargs)

    def get_queryset(self):
        return Intervention.objects.visible_to(self.context["request"].user)


class TrackerSerializer(serializers.ModelSerializer):
    """`stage` is moved by an approved sign-off alone."""

    url = serializers.HyperlinkedIdentityField(view_name="tracker-detail")
    workspace = serializers.SlugField(source="workspace.slug")
    intervention = InterventionField(allow_null=True, required=False)
    title = serializers.CharField(max_length=160, required=False)
    mayor_owner = OwnerField()
    prosecutor_owner = OwnerField()
    is_shared_with_cohort = serializers.BooleanField(source="is_shared", required=False)

    class Meta:
        model = Tracker
        fields = [
            *("id", "url", "workspace", "intervention", "title", "problem_statement", "decided_by", "stage", "health"),
            *("health_note", "mayor_owner", "prosecutor_owner", "starts_on", "target_on", "is_shared_with_cohort"),
            *("version", "created_at", "updated_at"),
        ]
        extra_kwargs = {"decided_by": {"required": False}}

    def validate(self, told):
        if self.instance and (moved := told.keys() & set(FIXED)):
            raise serializers.ValidationError(dict.fromkeys(moved, "This is said when a tracker is opened, and stays."))
        if not self.instance and not told.get("title") and not told.get("intervention"):
            raise serializers.ValidationError({"title": "Give the tracker a title, or open it from an intervention."})
        return told


class TrackerFilter(filters.FilterSet):
    workspace = filters.CharFilter(field_name="workspace__slug")
    intervention = filters.CharFilter(field_name="intervention__slug")

    class Meta:
        model = Tracker
        fields = ["stage", "health"]


class TrackerViewSet(Creatable, Editable, Readable):
    queryset = Tracker.objects.all()
    serializer_class = TrackerSerializer
    filterset_class = TrackerFilter
    http_method_names = ["get", "post", "patch", "head", "options"]

    def get_queryset(self):
        shares = TrackerShare.objects.filter(tracker=OuterRef("pk"), ended_at=None)
        return (
            super()
            .get_queryset()
            .select_related(
                "workspace__enrolment__mayor_office",
                "workspace__enrolment__prosecutor_office",
                "intervention",
            )
            .annotate(is_shared=Exists(shares))
        )

    def get_serializer(self, *args, **kwargs):
        """What a verb gives back, or a conflict shows, is read again with what this resource adds."""
        if args and isinstance(args[0], Tracker) and not hasattr(args[0], "is_shared"):
            args = (self.get_queryset().get(pk=args[0].pk), *args[1:])
        return super().get_serializer(*args, **kwargs)

    def standing_in(self, workspace):
        return Standing.of(self.request.user, workspace)

    @transaction.atomic
    def perform_create(self, serializer):
        told = dict(serializer.validated_data)
        workspaces = Workspace.objects.known_to(self.request.user).select_related("enrolment__city")
        workspace = get_object_or_404(workspaces, slug=told.pop("workspace")["slug"])
        is_shared = told.pop("is_shared", False)
        standing = self.standing_in(workspace)
        tracker = open_tracker(standing, **told)
        if told.get("health"):
            tracker = edit_tracker(tracker, standing, version=tracker.version, **self.health(told))
        if is_shared:
            share_tracker(tracker, standing)
        return tracker

    def health(self, told):
        return {field: told[field] for field in ("health", "health_note") if field in told}

    @transaction.atomic
    def perform_update(self, tracker, changes, version):
        standing = self.standing_in(tracker.workspace)
        is_shared = changes.pop("is_shared", None)
        was_shared = tracker.is_shared
        edit_tracker(tracker, standing, version=version, **changes)
        if is_shared is not None and is_shared != was_shared:
            (share_tracker if is_shared else stop_sharing_tracker)(tracker, standing)
        return self.get_queryset().get(pk=tracker.pk)


class MoveSerializer(serializers.ModelSerializer):
    class Meta:
        model = StageMove
        fields = ["from_stage", "to_stage", "moved_at"]


class SharedTrackerSerializer(serializers.ModelSerializer):
    """What the cohort sees: no action, owner, figure, note or discussion."""

    url = serializers.SerializerMethodField()
    city = serializers.SlugField(source="workspace.enrolment.city.slug")
    intervention = serializers.SlugRelatedField(slug_field="slug", read_only=True)
    moves = MoveSerializer(source="stage_moves", many=True)

    class Meta:
        model = Tracker
        fields = [
            *("id", "url", "city", "intervention", "title", "problem_statement", "decided_by", "stage", "health", "moves"),
        ]

    @extend_schema_field(serializers.URLField())
    def get_url(self, tracker):
        return self.context["request"].build_absolute_uri()


class SharedTrackerView(generics.RetrieveAPIView):
    queryset = Tracker.objects.all()
    serializer_class = SharedTrackerSerializer

    def get_object(self):
        cohort = get_object_or_404(Cohort.objects.visible_to(self.request.user), slug=self.kwargs["slug"])
        trackers = Tracker.objects.shared_with(self.request.user).filter(shares__cohort=cohort, shares__ended_at=None)
        found = trackers.select_related("workspace__enrolment__city", "intervention").prefetch_related("stage_moves")
        return get_object_or_404(found, pk=self.kwargs["pk"])
