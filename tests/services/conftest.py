"""One virtual environment that has every library of these tests, and jobs that use it."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from pathlib import Path

import pytest
from service_job import Environment, Job

REQUIREMENTS = (
    "celery==5.7.0",
    "django==5.2.19",
    "editables==0.6",
    "fastapi==0.165.0",
    "flask==3.1.3",
    "gunicorn==27.0.1",
    "hatchling==1.33.0",
    "hydra-core==1.3.8",
    "ipykernel==7.4.0",
    "joblib==1.6.0",
    "nbconvert==7.17.2",
    "papermill==2.7.0",
    "setuptools>=64",
    "streamlit==1.67.0",
    "typer==0.29.2",
    "uvicorn==0.54.0",
)


@pytest.fixture(scope="session")
def everyday_environment(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """Made once for all workers of a session, or kept in the directory that `SERVICE_ENVIRONMENT` names."""
    kept = os.environ.get("SERVICE_ENVIRONMENT")
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    home = Path(kept) if kept else shared / "service-environment"
    with open(f"{home}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (home / "ready").exists():
            subprocess.run([sys.executable, "-m", "venv", "--clear", str(home)], check=True)
            command = [str(home / "bin" / "python"), "-m", "pip", "install", "-q", *REQUIREMENTS]
            subprocess.run(command, check=True)
            (home / "ready").touch()
    return Environment(home)


@pytest.fixture
def job(tmp_path: Path, everyday_environment: Environment) -> Job:
    """An empty project, and the environment."""
    return Job(tmp_path, everyday_environment)
