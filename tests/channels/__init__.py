"""Tests of the ways to send."""
