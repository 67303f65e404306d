"""The command line: the dispatch, one module for each verb, and what they print."""
