"""Runs a program with the agent in it, follows its journals, and says what could not be followed."""
