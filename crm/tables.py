"""Every table of the product, imported in one place for migrations and whole-schema walks."""

from crm.access import models as access
from crm.buyers import models as buyers
from crm.campaigns import models as campaigns
from crm.cases import models as cases
from crm.coupons import models as coupons
from crm.db import Base
from crm.gates import models as gates
from crm.imports import models as imports
from crm.imports.files import models as files
from crm.instance import Instance
from crm.messages import models as messages
from crm.segments import models as segments
from crm.stores import models as stores
from crm.surveys import models as surveys
from crm.timetable import Timetable
from crm.webhooks import models as webhooks

__all__ = [
    "Instance",
    "Timetable",
    "access",
    "buyers",
    "campaigns",
    "cases",
    "coupons",
    "files",
    "gates",
    "imports",
    "messages",
    "metadata",
    "segments",
    "stores",
    "surveys",
    "webhooks",
]

metadata = Base.metadata
