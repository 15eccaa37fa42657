"""What processes share for minutes: counts of requests, and which code was used already. While Redis cannot be reached
nothing is in it and nothing is kept, and no page fails for that."""

import logging

from django.core.cache.backends import redis
from redis.exceptions import RedisError

log = logging.getLogger(__name__)


def unless_gone(name, otherwise):
    method = getattr(redis.RedisCache, name)

    def ask(self, *args, **kwargs):
        try:
            return method(self, *args, **kwargs)
        except (RedisError, OSError):
            log.warning("the cache cannot be reached")
            return otherwise

    return ask


class RedisCache(redis.RedisCache):
    add = unless_gone("add", True)
    set = unless_gone("set", None)
    incr = unless_gone("incr", 1)
    delete = unless_gone("delete", False)

    def get(self, key, default=None, version=None):
        try:
            return super().get(key, default, version)
        except (RedisError, OSError):
            log.warning("the cache cannot be reached")
            return default

    def clear(self):
        """Its own keys alone: the same Redis holds the jobs and the news of open pages."""
        client = self._cache.get_client(None, write=True)
        for key in client.scan_iter(match=self.make_key("*")):
            client.delete(key)
        return True
