"""What the agent's tests share, as fixtures: see `agent_bench`, whose classes they import by that name."""

from agent_bench import bench, boot, old_python, python

__all__ = ["bench", "boot", "old_python", "python"]
