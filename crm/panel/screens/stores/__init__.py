"""The screens of a store: connecting it, how its intake stands, reading it, the apps beside it."""

from crm.registry import plugins

plugins(__name__)
