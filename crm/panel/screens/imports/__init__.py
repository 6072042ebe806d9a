"""The screens of files: bringing one, matching its columns, how far it is, taking lists out."""

from crm.registry import plugins

plugins(__name__)
