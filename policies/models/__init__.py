from .appeals import Appeal
from .briefs import Brief
from .check_ins import CheckIn, CheckInAnswer, CheckInTemplate
from .evidence_reviews import (
    EvidenceReview,
    ReviewAuthor,
    ReviewOutcome,
    ReviewStudy,
    StudyList,
    advises_adopter,
    researching_term,
)
from .indicators import Frequency, Indicator, Observation, PublishedFigure, PublishedSeries, Revision
from .interventions import (
    ClearinghouseRating,
    Direction,
    IndicatorTemplate,
    Intervention,
    PlaybookStep,
    Study,
)
from .rating_changes import RatingChange, changes_of
from .readings import Reading
from .retractions import Retraction
from .trackers import Action, Decider, Health, Stage, StageMove, Tracker, TrackerShare

__all__ = [
    "Action",
    "Appeal",
    "Brief",
    "CheckIn",
    "CheckInAnswer",
    "CheckInTemplate",
    "ClearinghouseRating",
    "Decider",
    "Direction",
    "EvidenceReview",
    "Frequency",
    "Health",
    "Indicator",
    "IndicatorTemplate",
    "Intervention",
    "Observation",
    "PlaybookStep",
    "PublishedFigure",
    "PublishedSeries",
    "RatingChange",
    "Reading",
    "Retraction",
    "ReviewAuthor",
    "ReviewOutcome",
    "ReviewStudy",
    "Revision",
    "Stage",
    "StageMove",
    "Study",
    "StudyList",
    "Tracker",
    "TrackerShare",
    "advises_adopter",
    "changes_of",
    "researching_term",
]
