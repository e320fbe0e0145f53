"""A stand-in for a body, for clients without a progress callback."""

import functools
import inspect
from collections.abc import Awaitable, Callable, Hashable
from typing import Any

from .reading import Reading

# The methods that read, and the way in which their result is counted. Other attributes pass through.
COUNTS: dict[str, Callable[[Reading, Any], Any]] = {
    **dict.fromkeys(("read", "read1", "readall", "readline"), Reading.data),
    **dict.fromkeys(("readany", "readexactly", "readuntil"), Reading.data),  # streams of asyncio and aiohttp
    "aread": Reading.data,  # httpx asks an asynchronous body for it
    "readlines": Reading.lines,
    **dict.fromkeys(("readinto", "readinto1"), Reading.count),
    "seek": Reading.position,
    "getvalue": Reading.everything,  # requests-toolbelt takes a BytesIO by it
    "chunks": Reading.chunks,  # Django
    **dict.fromkeys(("iter_any", "iter_chunked"), Reading.items),  # aiohttp
    **dict.fromkeys(("iter_bytes", "iter_raw", "aiter_bytes", "aiter_raw"), Reading.items),  # answers of httpx
    **dict.fromkeys(("iter_chunks", "iter_content"), Reading.items),  # answers of botocore and requests
}


class CountedFile:
    """Behaves like `file` and reports each step of reading as a delta in bytes (see Reading).

    It has the attributes and special methods that `file` has, no others, and passes for an instance of its
    class. Clients find a length by `mode`, `name`, `fileno`, `__len__`, `len` or the class. Without one they send no
    Content-Length, which S3 refuses. Deleting it leaves `file` open.
    """

    __slots__ = ("__weakref__", "_counted_file", "_counted_reading")

    def __new__(cls, file: Any, *args: Any, **kwargs: Any) -> "CountedFile":
        """Makes an instance with the special methods of the file's class, which are looked up there alone."""
        like: Any = type(file)
        return object.__new__(_class_like(like))

    def __init__(
        self,
        file: Any,
        add: Callable[[int], None],
        *,
        skip_passes: int = 0,
        run_id: Callable[[], object] = lambda: None,
    ) -> None:
        object.__setattr__(self, "_counted_file", file)
        object.__setattr__(self, "_counted_reading", Reading(file, add, skip_passes, run_id))

    @property  # type: ignore[misc]
    def __class__(self) -> type:
        """Returns the class of the file, for isinstance."""
        return type(self._counted_file)

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._counted_file, name)
        count = COUNTS.get(name)
        return value if count is None or not callable(value) else _counted(self, value, count)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._counted_file, name, value)


def _counted(body: CountedFile, call: Callable[..., Any], count: Callable[[Reading, Any], Any]) -> Callable[..., Any]:
    """Returns `call` with its result counted, a coroutine function for a coroutine function."""

    async def later(result: Awaitable[Any]) -> Any:
        return count(body._counted_reading, await result)

    def counted(*args: Any, **kwargs: Any) -> Any:
        result = call(*args, **kwargs)
        return later(result) if inspect.isawaitable(result) else count(body._counted_reading, result)

    async def counted_later(*args: Any, **kwargs: Any) -> Any:
        return await later(call(*args, **kwargs))

    return counted_later if inspect.iscoroutinefunction(call) else counted


def _iter(body: CountedFile) -> Any:
    items = iter(body._counted_file)
    return body if items is body._counted_file else body._counted_reading.items(items)


def _next(body: CountedFile) -> Any:
    return body._counted_reading.data(next(body._counted_file))


def _aiter(body: CountedFile) -> Any:
    items = aiter(body._counted_file)
    return body if items is body._counted_file else body._counted_reading.items(items)


async def _anext(body: CountedFile) -> Any:
    return body._counted_reading.data(await anext(body._counted_file))


def _enter(body: CountedFile) -> Any:
    entered = body._counted_file.__enter__()
    return body if entered is body._counted_file else entered


async def _aenter(body: CountedFile) -> Any:
    entered = await body._counted_file.__aenter__()
    return body if entered is body._counted_file else entered


def _passed_on(name: str) -> Callable[..., Any]:
    return lambda body, *args: getattr(body._counted_file, name)(*args)


# They are looked up on the class alone, so that a body has only those that its class has.
SPECIAL_METHODS: dict[str, Callable[..., Any]] = {
    "__iter__": _iter,
    "__next__": _next,
    "__aiter__": _aiter,
    "__anext__": _anext,
    "__enter__": _enter,
    "__aenter__": _aenter,
    **{name: _passed_on(name) for name in ("__exit__", "__aexit__", "__len__", "__bool__", "__getitem__")},
}


@functools.lru_cache(maxsize=256)
def _class_like(like: Hashable) -> type[CountedFile]:
    """Returns a subclass of CountedFile with those special methods that the class `like` has."""
    methods = {name: method for name, method in SPECIAL_METHODS.items() if getattr(like, name, None) is not None}
    return type("CountedFile", (CountedFile,), {"__slots__": (), **methods})
