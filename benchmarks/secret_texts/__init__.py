"""Texts with a secret and texts without one, by kind. Every value is made up from a seed."""
