"""Proves a manifest: runs the program again in a sandbox from the shipped files alone."""
