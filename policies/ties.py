"""What of this app a workspace's topic can be about: a tracker."""

from workspaces.ties import Tie, register_tie

from .models import Tracker
from .subjects import address

register_tie(Tie(kind="tracker", visible_to=Tracker.objects.visible_to, address=address))
