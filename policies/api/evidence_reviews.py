"""`evidence-reviews/`: the same verbs as the pages. Whoever does no research is refused before anything is looked for."""

from django.db.models import Prefetch
from django.shortcuts import get_object_or_404
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.permissions import SAFE_METHODS
from rest_framework.response import Response
from rest_framework.reverse import reverse

from cohorts.api.base import Creatable, Editable, Readable, VersionSeen

from ..actions.editions import publish_review, return_review, submit_review
from ..actions.evidence_reviews import STUDY_FIELDS, require_researcher, rewrite_review, write_review
from ..actions.readings import read_at_once
from ..models import EvidenceReview, Intervention, Reading, ReviewAuthor, ReviewOutcome, ReviewStudy, Study


class QuestionSerializer(serializers.Serializer):
    population = serializers.CharField(max_length=600, allow_blank=True, required=False)
    intervention = serializers.CharField(source="tried", max_length=600, allow_blank=True, required=False)
    comparison = serializers.CharField(max_length=600, allow_blank=True, required=False)
    outcome = serializers.CharField(source="asked_outcome", max_length=600, allow_blank=True, required=False)


class AuthorTold(serializers.ModelSerializer):
    id = serializers.UUIDField(source="person_id")
    name = serializers.CharField(source="person.name")
    title = serializers.CharField(source="term.title")

    class Meta:
        model = ReviewAuthor
        fields = ["id", "name", "title", "conflicts_of_interest", "declared_at"]


class OutcomeSerializer(serializers.ModelSerializer):
    """`reasons`: of each domain of GRADE `{concern: none|serious|very_serious, reason}`."""

    reasons = serializers.DictField(child=serializers.DictField(), required=False)

    class Meta:
        model = ReviewOutcome
        fields = ["outcome", "rating", "direction", "certainty", "reasons", "summary"]


class ReviewStudySerializer(serializers.ModelSerializer):
    """One result. To take a study of the library in, send its number as `study`; otherwise what it says. `of_outcome` is the
    name of the review's outcome that it speaks to, `score_note` says why it scores so."""

    study = serializers.PrimaryKeyRelatedField(queryset=Study.objects.in_library(), required=False, source="known")
    citation = serializers.CharField(read_only=True)
    is_retracted = serializers.BooleanField(read_only=True)
    doi = serializers.CharField(max_length=200, allow_blank=True, required=False)
    of_outcome = serializers.CharField(max_length=200, allow_blank=True, required=False)
    design_level = serializers.ChoiceField(ReviewStudy._meta.get_field("design_level").choices, allow_null=True, required=False)
    rigour = serializers.DictField(required=False)
    score_note = serializers.CharField(max_length=4000, allow_blank=True, required=False)

    class Meta:
        model = Study
        fields = ["study", "citation", *STUDY_FIELDS, "is_retracted", "of_outcome", "design_level", "rigour", "score_note"]

    def to_representation(self, row):
        told = {name: getattr(row.study, name) for name in STUDY_FIELDS}
        scores = {"design_level": row.design_level, "rigour": row.rigour, "score_note": row.note}
        known = {"study": row.study_id, "citation": row.study.citation, "is_retracted": row.study.is_retracted}
        return {**known, **told, "of_outcome": row.outcome.outcome if row.outcome else "", **scores}


class ReaderTold(serializers.ModelSerializer):
    """A reader of the present round. `ratings` is null until it is the caller's to read: both are in, or it is published.
    The third, `place` 3, rates only what the first two saw differently."""

    id = serializers.UUIDField(source="reader_id")
    name = serializers.CharField(source="reader.name")
    title = serializers.CharField(source="term.title")
    ratings = serializers.SerializerMethodField()

    class Meta:
        model = Reading
        fields = ["id", "name", "title", "place", "submitted_at", "ratings"]

    @extend_schema_field(serializers.ListField(child=serializers.DictField(), allow_null=True))
    def get_ratings(self, reading):
        if reading.pk not in self.context["readable"]:
            return None
        outcomes = reading.review.outcomes.all()
        return [{"outcome": each.outcome, **reading.of(each)} for each in outcomes if reading.of(each)]


class RatingGiven(serializers.Serializer):
    outcome = serializers.CharField(max_length=200)
    rating = serializers.ChoiceField(ReviewOutcome.Rating.choices)
    direction = serializers.ChoiceField(ReviewOutcome.Direction.choices)
    certainty = serializers.ChoiceField(ReviewOutcome.Certainty.choices)
    reason = serializers.CharField(max_length=4000)


class ReadingGiven(serializers.Serializer):
    """The caller's own reading, for good."""

    conflicts_of_interest = serializers.CharField(max_length=4000)
    ratings = RatingGiven(many=True)
    remarks = serializers.CharField(max_length=4000, allow_blank=True, default="")


class ReturnAsked(VersionSeen):
    reason = serializers.CharField(max_length=4000, allow_blank=True, default="")


class EvidenceReviewSerializer(serializers.ModelSerializer):
    """`edition` is null until it is published. `conflicts_of_interest` is told by each author for themselves: what is sent is
    the caller's own, what is read is everybody's. `is_second_read` says whether two readers agreed, or a third settled it."""

    url = serializers.SerializerMethodField()
    intervention = serializers.SlugField(source="intervention.slug")
    question = QuestionSerializer(source="*", required=False)
    authors = AuthorTold(many=True, read_only=True)
    readers = serializers.SerializerMethodField()
    conflicts_of_interest = serializers.CharField(max_length=4000)
    outcomes = OutcomeSerializer(many=True, required=False)
    studies = ReviewStudySerializer(many=True, required=False)
    supersedes = serializers.UUIDField(source="supersedes_id", read_only=True, allow_null=True)

    class Meta:
        model = EvidenceReview
        fields = [
            *("id", "url", "intervention", "title", "question", "status", "edition", "supersedes", "is_second_read"),
            *(
                "what_changed",
                "why_changed",
                "authors",
                "readers",
                "conflicts_of_interest",
                "applicability",
                "outcomes",
                "studies",
            ),
            *("published_at", "superseded_at", "version", "created_at", "updated_at"),
        ]
        read_only_fields = ["status", "edition", "is_second_read", "published_at", "superseded_at"]

    @extend_schema_field(serializers.URLField())
    def get_url(self, review):
        return reverse("evidencereview-detail", args=[review.pk], request=self.context.get("request"))

    @extend_schema_field(ReaderTold(many=True))
    def get_readers(self, review):
        readings = [each for each in review.readings.all() if each.round == review.round]
        readable = {each.pk for each in review.readable_readings}
        return ReaderTold(readings, many=True, context=self.context | {"readable": readable}).data

    def to_representation(self, review):
        review.conflicts_of_interest = "\n".join(
            f"{each.person.name}: {each.conflicts_of_interest}" for each in review.authors.all() if each.declared_at
        )
        return super().to_representation(review)


class EvidenceReviewFilter(filters.FilterSet):
    intervention = filters.CharFilter(field_name="intervention__slug")
    status = filters.ChoiceFilter(choices=EvidenceReview.Status.choices)


class EvidenceReviewViewSet(Creatable, Editable, Readable):
    queryset = EvidenceReview.objects.all()
    serializer_class = EvidenceReviewSerializer
    filterset_class = EvidenceReviewFilter
    ordering = ("created_at", "pk")
    http_method_names = ["get", "post", "patch", "head", "options"]

    def initial(self, request, *args, **kwargs):
        """To whom the library is closed, it is; whoever does no research writes nothing, whatever the review."""
        super().initial(request, *args, **kwargs)
        Intervention.objects.open_to(request.user)
        if request.method not in SAFE_METHODS:
            require_researcher(request.user)

    def get_queryset(self):
        studies = ReviewStudy.objects.select_related("study__retraction", "outcome")
        readable = Reading.objects.visible_to(self.request.user).submitted()
        return (
            super()
            .get_queryset()
            .select_related("intervention")
            .prefetch_related("outcomes", "authors__person", "authors__term", Prefetch("studies", studies))
            .prefetch_related("readings__reader", "readings__term")
            .prefetch_related(Prefetch("readings", readable, to_attr="readable_readings"))
        )

    def read_anew(self, pk):
        return self.get_queryset().get(pk=pk)

    def get_serializer(self, *args, **kwargs):
        """What a verb gives back, or a conflict names, is read again with all that is told of it."""
        if args and isinstance(args[0], EvidenceReview) and not hasattr(args[0], "readable_readings"):
            args = (self.read_anew(args[0].pk), *args[1:])
        return super().get_serializer(*args, **kwargs)

    def perform_create(self, serializer):
        told = serializer.validated_data
        intervention = get_object_or_404(
            Intervention.objects.visible_to(self.request.user), slug=told.pop("intervention")["slug"]
        )
        return self.read_anew(write_review(self.request.user, intervention, **told).pk)

    def perform_update(self, review, changes, version):
        changes.pop("intervention", None)
        return self.read_anew(rewrite_review(review, self.request.user, version=version, **changes).pk)

    @extend_schema(request=VersionSeen, responses=EvidenceReviewSerializer)
    @action(detail=True, methods=["post"])
    def submit(self, request, pk):
        """Give a whole draft to its second readers."""
        review = self.get_object()
        told = VersionSeen(data=request.data)
        told.is_valid(raise_exception=True)
        submitted = submit_review(review, request.user, **told.validated_data)
        return Response(self.get_serializer(self.read_anew(submitted.pk)).data)

    @extend_schema(request=ReturnAsked, responses=EvidenceReviewSerializer)
    @action(detail=True, methods=["post"], url_path="return", url_name="return")
    def send_back(self, request, pk):
        """Back to a draft: by an author, or with a reason by a reader whose reading is in."""
        review = self.get_object()
        told = ReturnAsked(data=request.data)
        told.is_valid(raise_exception=True)
        return_review(review, request.user, **told.validated_data)
        return Response(self.get_serializer(self.read_anew(review.pk)).data)

    @extend_schema(request=ReadingGiven, responses=EvidenceReviewSerializer)
    @action(detail=True, methods=["post"])
    def readings(self, request, pk):
        """Take a reader's place and say what one makes of it, in one go."""
        review = self.get_object()
        told = ReadingGiven(data=request.data)
        told.is_valid(raise_exception=True)
        ratings = {each.pop("outcome"): each for each in told.validated_data.pop("ratings")}
        read_at_once(review, request.user, ratings=ratings, **told.validated_data)
        return Response(self.get_serializer(self.read_anew(review.pk)).data, status=201)

    @extend_schema(request=VersionSeen, responses=EvidenceReviewSerializer)
    @action(detail=True, methods=["post"])
    def publish(self, request, pk):
        """Publish it as the next edition: 400 with what it lacks, 409 where somebody changed it since `version`."""
        review = self.get_object()
        told = VersionSeen(data=request.data)
        told.is_valid(raise_exception=True)
        published = publish_review(review, request.user, version=told.validated_data["version"])
        return Response(self.get_serializer(self.read_anew(published.pk)).data)
