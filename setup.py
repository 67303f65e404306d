"""All metadata is in setup.cfg; this file lets old tools build and install the project."""

from setuptools import setup

setup()
