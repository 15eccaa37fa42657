"""The API's addresses. Each app's `api/` has the resources; this names them."""

from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.routers import SimpleRouter

from cohorts.api.agreements import AgreementViewSet
from cohorts.api.cities import CityViewSet
from cohorts.api.cohorts import CohortViewSet
from cohorts.api.convenings import ConveningViewSet
from cohorts.api.people import MeView
from policies.api.actions import ActionViewSet
from policies.api.briefs import BriefViewSet
from policies.api.check_ins import CheckInViewSet
from policies.api.cockpit import CockpitView
from policies.api.commitments import CommitmentViewSet
from policies.api.evidence_reviews import EvidenceReviewViewSet
from policies.api.indicators import IndicatorViewSet
from policies.api.interventions import InterventionViewSet
from policies.api.observations import ObservationViewSet
from policies.api.trackers import SharedTrackerView, TrackerViewSet
from workspaces.api.attachments import AttachmentViewSet
from workspaces.api.audit import AuditViewSet
from workspaces.api.decisions import DecisionViewSet
from workspaces.api.messages import MessageViewSet
from workspaces.api.search import SearchView
from workspaces.api.sign_offs import SignOffViewSet
from workspaces.api.topics import TopicViewSet
from workspaces.api.workspaces import WorkspaceViewSet

router = SimpleRouter(use_regex_path=False)
router.register("agreements", AgreementViewSet)
router.register("attachments", AttachmentViewSet)
router.register("audit", AuditViewSet)
router.register("briefs", BriefViewSet)
router.register("check-ins", CheckInViewSet)
router.register("evidence-reviews", EvidenceReviewViewSet)
router.register("interventions", InterventionViewSet)
router.register("trackers", TrackerViewSet)
router.register("actions", ActionViewSet)
router.register("sign-offs", SignOffViewSet)
router.register("cohorts", CohortViewSet)
router.register("convenings", ConveningViewSet)
router.register("commitments", CommitmentViewSet)
router.register("cities", CityViewSet)
router.register("workspaces", WorkspaceViewSet)
router.register("decisions", DecisionViewSet)
router.register("topics", TopicViewSet)
router.register("messages", MessageViewSet)
router.register("indicators", IndicatorViewSet)
router.register("observations", ObservationViewSet)

urlpatterns = [
    path("v1/me/", MeView.as_view(), name="me"),
    path("v1/search/", SearchView.as_view(), name="search"),
    path("v1/cohorts/<slug:slug>/cockpit/", CockpitView.as_view(), name="cockpit"),
    path("v1/cohorts/<slug:slug>/shared/trackers/<uuid:pk>/", SharedTrackerView.as_view(), name="api-shared-tracker"),
    path("v1/", include(router.urls)),
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("docs/", SpectacularSwaggerSplitView.as_view(url_name="schema"), name="api-docs"),
]
