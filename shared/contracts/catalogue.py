"""Every event type with its data, by topic: what the AsyncAPI documents are made of."""

from collections.abc import Mapping

from shared.contracts import (
    alerts,
    applications,
    complaints,
    corrections,
    feedback,
    figures,
    registry,
    standard,
)

EVENTS: Mapping[str, Mapping[str, type]] = {
    registry.TOPIC: {
        registry.AGENCY_REGISTERED: registry.AgencyRegistered,
        registry.PLACE_REGISTERED: registry.PlaceRegistered,
        registry.SERVICE_REGISTERED: registry.ServiceRegistered,
        standard.PUBLISHED: standard.StandardPublished,
        registry.KEY_ISSUED: registry.KeyIssued,
        registry.KEY_REVOKED: registry.KeyRevoked,
        registry.QUESTIONNAIRE_PUBLISHED: registry.QuestionnairePublished,
    },
    feedback.TOPIC: {
        feedback.SUBMITTED: feedback.FeedbackSubmitted,
        feedback.AGGREGATED: feedback.FeedbackAggregated,
        corrections.PROPOSED: corrections.CorrectionProposed,
        corrections.APPROVED: corrections.CorrectionApproved,
        corrections.LIFTED: corrections.CorrectionLifted,
        complaints.FILED: complaints.ComplaintFiled,
        complaints.VERIFIED: complaints.ComplaintVerified,
        complaints.FORWARDED: complaints.ComplaintForwarded,
        complaints.ANSWERED: complaints.ComplaintAnswered,
        complaints.CLOSED: complaints.ComplaintClosed,
        complaints.REOPENED: complaints.ComplaintReopened,
    },
    applications.TOPIC: {
        applications.SUBMITTED: applications.ApplicationSubmitted,
        applications.RETURNED: applications.ApplicationReturned,
        applications.REGISTERED: applications.ApplicationRegistered,
        applications.MOVED: applications.ApplicationMoved,
        applications.PAUSED: applications.ApplicationPaused,
        applications.RESUMED: applications.ApplicationResumed,
        applications.ISSUED: applications.ApplicationIssued,
        applications.REJECTED: applications.ApplicationRejected,
        applications.WITHDRAWN: applications.ApplicationWithdrawn,
        applications.INVITED: applications.ApplicationInvited,
    },
    alerts.TOPIC: {
        alerts.RAISED: alerts.AlertRaised,
        alerts.UPDATED: alerts.AlertUpdated,
        alerts.CLEARED: alerts.AlertCleared,
    },
    figures.TOPIC: {
        figures.INDEX_CHANGED: figures.IndexChanged,
        figures.FIGURE_PUBLISHED: figures.FigurePublished,
        figures.INDEX_CORRECTED: figures.IndexCorrected,
        figures.PERIOD_CLOSED: figures.PeriodClosed,
    },
}
PARTITIONED = frozenset({feedback.TOPIC, applications.TOPIC})
# What agencies may post.
INCOMING = feedback.INCOMING | complaints.INCOMING | applications.INCOMING
EXTENSIONS = {
    "day": "Local calendar day of the place, added by intake; rollups are made by it",
    "received": "When intake took an aggregate in (RFC 3339, UTC)",
    "questionnaire": "The version in force that day, where an agency has its own and names none",
    "key": "The id of the key that posted the answer (not the key)",
    "correlationid": "The X-Request-ID of the request that brought the event",
    "stream": "The stream that holds the event (feed and deliveries)",
    "sequence": "Its place in the stream: 1, 2, 3 … without gaps (feed and deliveries)",
    "chain": "Hex hash of the stored run that holds it (feed and deliveries)",
}
