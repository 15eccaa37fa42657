"""What processes share for minutes, in a Redis that holds other things, too."""

import redis

from mpi.cache import RedisCache
from tests import machine


def test_clearing_takes_nothing_of_others():
    with machine.redis_server() as url, redis.Redis.from_url(url) as client:
        mine, theirs = (RedisCache(url, {"KEY_PREFIX": f"test-cache-{name}"}) for name in ("mine", "theirs"))
        client.set("test-cache-queue", "a job")
        try:
            for cache in (mine, theirs):
                cache.set("count", 3)
            assert mine.clear() is True
            assert (mine.get("count"), theirs.get("count"), client.get("test-cache-queue")) == (None, 3, b"a job")
        finally:
            theirs.clear()
            client.delete("test-cache-queue")
