"""What this app adds to the tabs of a workspace."""

from workspaces.tabs import Tab, register_tab


def place_of(workspace):
    return [workspace.convening.cohort.slug, workspace.convening.slug]


register_tab(Tab("convening", "Convening", "policies:convening", 5, kinds=("convening",), args=place_of))
register_tab(Tab("trackers", "Trackers", "policies:trackers", 20, kinds=("city",)))
register_tab(Tab("check-ins", "Check-ins", "policies:check-ins", 30, kinds=("city",)))
register_tab(Tab("briefs", "Briefs", "policies:briefs", 40, kinds=("city",)))
