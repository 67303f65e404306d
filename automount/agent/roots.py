"""Records that the program enters another root directory: from then on its paths mean other files."""

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from automount.agent import specs
    from automount.agent.gates import Function
    from automount.agent.wire import Writer
else:
    specs = globals()["load"]("specs")

_thread = sys.modules["_thread"].get_ident


def entering(function, writer, busy, swallow):
    # type: (Function, Writer, set[int], Callable[[BaseException], None]) -> Function
    """What to call in place of `os.chroot`: it writes the new root directory once that has been entered."""

    def chroot(*args, **options):
        # type: (*Any, **Any) -> None
        thread = _thread()
        busy.add(thread)
        root = None
        try:
            named = specs.text(args[0] if args else options.get("path"))
            if named:
                root = writer.root + specs.absolute(named)
        except BaseException as error:
            swallow(error)
        finally:
            busy.discard(thread)
        function(*args, **options)
        busy.add(thread)
        try:
            if root is None:
                writer.lose()
            else:
                writer.enter(root)
        except BaseException as error:
            swallow(error)
        finally:
            busy.discard(thread)

    return chroot
