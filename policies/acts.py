"""What trackers, figures and briefs tell the audit trail."""

from cohorts.acts import EXPORTS, Act, register_act

SHARING = "Sharing"
REVIEWS = "Evidence reviews"

for act in (
    Act("tracker.shared", SHARING, "{who} shared the tracker “{what}” with the cohort"),
    Act("tracker.unshared", SHARING, "{who} stopped sharing the tracker “{what}” with the cohort"),
    Act("figures.released", SHARING, "{who} released {figures} of “{what}” to the workspace"),
    Act("review.submitted", REVIEWS, "{who} gave “{what}” to its second readers"),
    Act("review.published", REVIEWS, "{who} published “{what}” in the library"),
    Act("tracker.downloaded", EXPORTS, "{who} downloaded the tracker “{what}”"),
    Act("brief.drawn", EXPORTS, "{who} had {what} drawn"),
    Act("brief.downloaded", EXPORTS, "{who} downloaded {what}", "Somebody at the server wrote {what} to a file"),
):
    register_act(act)
