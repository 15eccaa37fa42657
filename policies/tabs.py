"""What this app adds to the tabs of a city's workspace."""

from workspaces.tabs import Tab, register_tab

register_tab(Tab("trackers", "Trackers", "policies:trackers", 20, kinds=("city",)))
register_tab(Tab("check-ins", "Check-ins", "policies:check-ins", 30, kinds=("city",)))
register_tab(Tab("briefs", "Briefs", "policies:briefs", 40, kinds=("city",)))
