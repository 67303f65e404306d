"""Copies verified files: stage, pack, unpack, exec."""
