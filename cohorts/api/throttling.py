"""How often the API may be asked: by a person in the browser, by their tokens (so that a script of one's own does not stop
one's pages), by a network address at what needs no signing in; and searches and imports apart."""

from rest_framework.settings import api_settings
from rest_framework.throttling import BaseThrottle

from ..limits import COSTLY, MINUTE, SEARCHING, Limited, Rate, network_of, spend

PERIODS = {"s": 1, "m": MINUTE, "h": 60 * MINUTE, "d": 24 * 60 * MINUTE}


class ApiThrottle(BaseThrottle):
    costs = None
    seconds = None

    def allow_request(self, request, view):
        try:
            if not request.user.is_authenticated:
                spend(rate("anonymous"), network_of(request))
            else:
                spend(rate("person"), f"{request.user.pk} {'by token' if request.auth else 'by session'}")
                if self.costs:
                    spend(self.costs, request.user.pk)
        except Limited as limited:
            self.seconds = limited.wait
            return False
        return True

    def wait(self):
        return self.seconds


class SearchThrottle(ApiThrottle):
    costs = SEARCHING


class CostlyThrottle(ApiThrottle):
    costs = COSTLY


def rate(who):
    amount, _, period = api_settings.DEFAULT_THROTTLE_RATES[who].partition("/")
    return Rate(f"the API, {who}", who, int(amount), PERIODS[period[0]])
