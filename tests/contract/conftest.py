"""The fixtures of the agent's tests and of the sandboxes' tests, which import the rest from these modules."""

from agent_bench import bench, boot, old_python, python
from sandboxes import sandbox

__all__ = ["bench", "boot", "old_python", "python", "sandbox"]
