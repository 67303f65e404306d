"""A decorator that records every call of a function. wrapt keeps the function's name, signature and type."""

from __future__ import annotations

import inspect
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import contextmanager
from typing import Any, ParamSpec, TypeVar, overload

import wrapt

from automount.harness.current import CurrentRecording, recording

P = ParamSpec("P")
R = TypeVar("R")


class BoundRecordedFunction(wrapt.BoundFunctionWrapper[Any, Any]):
    """A recorded function as a method."""

    @property
    def recording(self) -> CurrentRecording | None:
        """What the last finished call of the function loaded; None before the first."""
        found: CurrentRecording | None = self._self_parent.recording
        return found


class RecordedFunction(wrapt.FunctionWrapper[Any, Any]):
    """The wrapped function, and the recording of its last finished call."""

    __bound_function_wrapper__ = BoundRecordedFunction

    def __init__(self, wrapped: Any, wrapper: Any) -> None:
        super().__init__(wrapped, wrapper)
        self._self_recording: CurrentRecording | None = None

    @property
    def recording(self) -> CurrentRecording | None:
        """What the last finished call loaded; None before the first."""
        return self._self_recording

    def __reduce_ex__(self, protocol: object) -> str:
        """Pickled as functions are, by its name: a process pool may call it."""
        return str(self.__wrapped__.__qualname__)


@overload
def recorded(function: Callable[P, R], /) -> Callable[P, R]: ...
@overload
def recorded(
    *, on_recording: Callable[[CurrentRecording], object] | None = None, **options: Any
) -> Callable[[Callable[P, R]], Callable[P, R]]: ...
def recorded(
    function: Callable[..., Any] | None = None,
    /,
    *,
    on_recording: Callable[[CurrentRecording], object] | None = None,
    **options: Any,
) -> Any:
    """Records each call of the decorated function; used bare, or with the options of `recording`.

    The function keeps its name, signature and annotations, as a method, class method or static method too. A
    coroutine function is recorded until its coroutine has finished, a generator (an asynchronous one as well)
    from its first step to its end, including what the process does between the steps.

    `function.recording` is the last finished call's. `on_recording`, where given, is called with it after
    each call, also when the function has raised.
    """

    def decorate(wrapped: Callable[..., Any]) -> Any:
        @contextmanager
        def recorded_call() -> Generator[None, None, None]:
            current = recording(**options)
            try:
                with current:
                    yield
            finally:
                if current.is_over:
                    outer._self_recording = current
                    if on_recording is not None:
                        on_recording(current)

        def call(called: Callable[..., Any], _self: object, args: Any, kwargs: Any) -> Any:
            if flavour is not None:
                return flavour(recorded_call, called, args, kwargs)
            with recorded_call():
                return called(*args, **kwargs)

        flavour = _flavour(wrapped)
        outer = RecordedFunction(wrapped, call)
        return outer

    for name, given in (("function", function), ("on_recording", on_recording)):
        if given is not None and not (callable(given) or isinstance(given, (classmethod, staticmethod))):
            raise TypeError(f"recorded() takes a function as {name}, not {given!r}")
    return decorate if function is None else decorate(function)


def _flavour(wrapped: Any) -> Callable[..., Any] | None:
    """How to run through the result of a call whose body runs later; None for a plain function."""
    inner = inspect.unwrap(getattr(wrapped, "__func__", wrapped))
    if inspect.iscoroutinefunction(inner):
        return _coroutine
    if inspect.isasyncgenfunction(inner):
        return _async_generator
    return _generator if inspect.isgeneratorfunction(inner) else None


async def _coroutine(recorded_call: Any, called: Any, args: Any, kwargs: Any) -> Any:
    with recorded_call():
        return await called(*args, **kwargs)


def _generator(recorded_call: Any, called: Any, args: Any, kwargs: Any) -> Generator[Any, Any, Any]:
    with recorded_call():
        return (yield from called(*args, **kwargs))


async def _async_generator(
    recorded_call: Any, called: Any, args: Any, kwargs: Any
) -> AsyncGenerator[Any, Any]:
    with recorded_call():
        inner = called(*args, **kwargs)
        try:
            value = await anext(inner)
            while True:
                try:
                    sent = yield value
                except GeneratorExit:
                    await inner.aclose()
                    raise
                except BaseException as error:
                    value = await inner.athrow(error)
                else:
                    value = await inner.asend(sent)
        except StopAsyncIteration:
            return
