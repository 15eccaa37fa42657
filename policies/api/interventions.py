"""`interventions/`: the library."""

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from cohorts.api.base import Readable

from ..models import ClearinghouseRating, IndicatorTemplate, Intervention, PlaybookStep, ReviewOutcome, Study


class PlaybookStepSerializer(serializers.ModelSerializer):
    office = serializers.SerializerMethodField()

    class Meta:
        model = PlaybookStep
        fields = ["title", "office", "offset_days", "done_when"]

    @extend_schema_field(serializers.ChoiceField(Intervention.Lead.choices, allow_null=True))
    def get_office(self, step):
        return step.office or None  # null: not set


class IndicatorTemplateSerializer(serializers.ModelSerializer):
    class Meta:
        model = IndicatorTemplate
        fields = ["name", "unit", "direction", "kind", "definition", "data_owner", "numerator", "denominator"]


class ClearinghouseRatingSerializer(serializers.ModelSerializer):
    """As the clearinghouse printed it: `profile_date` may be null, `read_at` is the address where it was read."""

    profile_date = serializers.SerializerMethodField()
    read_at = serializers.CharField(source="address")

    class Meta:
        model = ClearinghouseRating
        fields = ["clearinghouse", "scope", "rating", "extent", "profile_date", "read_at", "address", "note", "is_verified"]

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_profile_date(self, rating):
        return rating.profile_date or None


class StudySerializer(serializers.ModelSerializer):
    class Meta:
        model = Study
        fields = [
            *("authors", "year", "title", "source", "design", "setting", "sample", "outcome", "direction", "effect_text"),
            *("sample_size", "effect_measure", "effect", "ci_low", "ci_high", "ci95", "is_meta_analysis"),
            *("doi", "read_at", "note", "is_verified", "unverified_fields"),
        ]


class OutcomeRatingSerializer(serializers.ModelSerializer):
    """One of our own ratings: `review` is the edition's id, `edition` its number, `as_of` the day it was published."""

    review = serializers.UUIDField(source="review_id")
    edition = serializers.IntegerField(source="review.edition")
    as_of = serializers.SerializerMethodField()
    is_second_read = serializers.BooleanField(source="review.is_second_read")

    class Meta:
        model = ReviewOutcome
        fields = ["outcome", "rating", "direction", "certainty", "review", "edition", "as_of", "is_second_read"]

    @extend_schema_field(serializers.DateField())
    def get_as_of(self, rated):
        return rated.review.published_at.date().isoformat()


class InterventionSerializer(serializers.ModelSerializer):
    """`outcome_ratings` come from published reviews alone; where there is none, the list is empty."""

    url = serializers.HyperlinkedIdentityField(view_name="intervention-detail", lookup_field="slug")
    outcome_ratings = serializers.SerializerMethodField()
    clearinghouse_ratings = ClearinghouseRatingSerializer(many=True)
    playbook = PlaybookStepSerializer(many=True)
    indicator_templates = IndicatorTemplateSerializer(many=True)
    studies = StudySerializer(many=True, source="known_studies")

    class Meta:
        model = Intervention
        fields = [
            *("id", "url", "slug", "name", "summary", "problem_areas", "tags", "lead", "mayor_role", "prosecutor_role"),
            *("outcome_ratings", "clearinghouse_ratings", "core_components", "playbook", "indicator_templates", "studies"),
            *("cautions", "version", "created_at", "updated_at"),
        ]

    @extend_schema_field(OutcomeRatingSerializer(many=True))
    def get_outcome_ratings(self, intervention):
        return OutcomeRatingSerializer(intervention.outcome_ratings, many=True).data


class InterventionViewSet(Readable):
    queryset = Intervention.objects.with_evidence().prefetch_related("playbook", "indicator_templates")
    serializer_class = InterventionSerializer
    filterset_fields = ["lead"]
    ordering = ("name", "pk")
    lookup_field = "slug"
    lookup_value_converter = "slug"
    http_method_names = ["get", "head", "options"]

    def get_queryset(self):
        if not getattr(self, "swagger_fake_view", False):
            Intervention.objects.open_to(self.request.user)
        return super().get_queryset()
