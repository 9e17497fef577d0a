"""The cache: Redis, and while that is away this process's own memory, so that people can still sign in."""

from collections.abc import Callable
from typing import Any

from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError


def or_spare(name: str) -> Callable[..., Any]:
    """The cache's method `name`, done by its spare when Redis does not answer."""

    def method(cache: "SteadyCache", *arguments: Any, **options: Any) -> Any:
        try:
            return getattr(super(SteadyCache, cache), name)(*arguments, **options)
        except (RedisError, OSError):
            return getattr(cache.spare, name)(*arguments, **options)

    return method


class SteadyCache(RedisCache):
    """When Redis goes, counts of failed sign-ins begin anew, and hold in each process by itself."""

    add, get, set, touch, delete = map(or_spare, ("add", "get", "set", "touch", "delete"))
    get_many, set_many, delete_many = map(or_spare, ("get_many", "set_many", "delete_many"))
    has_key, incr, clear = map(or_spare, ("has_key", "incr", "clear"))

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self.spare = LocMemCache("spare", {**params, "OPTIONS": {}})
