"""Runs a program with the agent in it, follows its journals, and reports what could not be followed."""
