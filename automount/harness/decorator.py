"""A function whose every call is recorded. wrapt keeps it the same function for whoever looks at it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar, overload

import wrapt

from automount.harness.current import CurrentRecording, recording

P = ParamSpec("P")
R = TypeVar("R")


class RecordedFunction(wrapt.FunctionWrapper[Any, Any]):
    """The wrapped function; `recording` is the last finished call's, None before the first."""

    def __init__(self, wrapped: Any, wrapper: Any) -> None:
        super().__init__(wrapped, wrapper)
        self._self_recording: CurrentRecording | None = None

    @property
    def recording(self) -> CurrentRecording | None:
        """What the last finished call loaded; None before the first."""
        return self._self_recording


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

    The function keeps its name, signature and annotations, as a method too. `function.recording` is the
    last finished call's; `on_recording`, where given, is called with it after each call, also when the
    function has raised.
    """

    def decorate(wrapped: Callable[..., Any]) -> Any:
        def call(called: Callable[..., Any], _self: object, args: Any, kwargs: Any) -> Any:
            with recording(**options) as current:
                try:
                    return called(*args, **kwargs)
                finally:
                    outer._self_recording = current

        def notify(called: Callable[..., Any], instance: object, args: Any, kwargs: Any) -> Any:
            try:
                return call(called, instance, args, kwargs)
            finally:
                if on_recording is not None and outer._self_recording is not None:
                    on_recording(outer._self_recording)

        outer = RecordedFunction(wrapped, notify)
        return outer

    return decorate if function is None else decorate(function)
