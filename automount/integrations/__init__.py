"""Hands a manifest to an engine: one module for each, and the engine is imported only when it is used."""
